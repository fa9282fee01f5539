/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 { uint32_t h[8]; uint64_t size; uint8_t block[64]; };

void sha_start(struct sha256 *s);
void sha_add(struct sha256 *s, const void *data, size_t size);

/* Writes 64 lower-case digits and a NUL. */
void sha_end(struct sha256 *s, char hex[65]);

#endif
