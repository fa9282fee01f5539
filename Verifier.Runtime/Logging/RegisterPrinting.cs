namespace BpfVerifier.Runtime;

/// <summary>One register's state in the log.</summary>
internal sealed partial class Verification
{
    /// <summary>The form of 6.8 and later: small numbers in decimal, equal bounds joined, defaults left out.</summary>
    private void PrintReg(FrameState frame, in RegState reg)
    {
        bool scalar = reg.Type == RegKind.Scalar;
        if (scalar && reg.Precise)
            Log.Write('P');
        if (scalar && reg.Var.IsConst)
        {
            LogNumbers.WriteSigned(Log, (long)reg.Var.Value);
            return;
        }

        Log.Write(RegTypeStr(reg.Type));
        if (reg.Type == RegKind.Arena)
            return;
        if (reg.Type == RegKind.Stack)
        {
            if (frame.FrameNo != reg.FrameNo)
                Log.Write($"[{reg.FrameNo}]");
            if (reg.Var.IsConst)
            {
                LogNumbers.WriteSigned(Log, (long)reg.Var.Value + reg.Off);
                return;
            }
        }
        if (reg.Type.Kind == RegKind.BtfId)
            Log.Write(Types(reg.BtfOwner)[reg.BtfId].Name);

        Log.Write('(');
        var list = new AttributeList(Log);
        if (reg.Id != 0)
        {
            list.Next();
            Log.Write($"id={reg.Id & ~RegState.AddConst}");
        }
        if ((reg.Id & RegState.AddConst) != 0)
            Log.Write($"{new SignedNumber(reg.Off)}");
        if (reg.RefObjId != 0)
        {
            list.Next();
            Log.Write($"ref_obj_id={reg.RefObjId}");
        }
        if (reg.Type.IsNonOwningRef)
        {
            list.Next();
            Log.Write("non_own_ref");
        }
        if (reg.Type.Kind is RegKind.ConstMap or RegKind.MapKey or RegKind.MapValue && reg.MapHandle != 0)
        {
            MapInfo map = Map(reg.MapHandle);
            list.Next();
            ReadOnlySpan<char> name = KernelMapName(map);
            if (!name.IsEmpty)
                Log.Write($"map={name},");
            Log.Write($"ks={(int)map.KeySize},vs={(int)map.ValueSize}");
        }
        if (!scalar && reg.Off != 0)
            list.Signed("off=", reg.Off);
        if (reg.Type.IsPacketPointer)
            list.Unsigned("r=", (ulong)reg.Range);
        if (reg.Type.Kind == RegKind.Mem)
            list.Unsigned("sz=", (uint)reg.MemSize);
        if (reg.Type == RegKind.ConstDynptr)
        {
            list.Next();
            Log.Write($"type={DynptrTypeStr(reg.DynptrKind)}");
        }
        if (reg.Var.IsConst)
        {
            if (reg.Var.Value != 0)
                list.Signed("imm=", (long)reg.Var.Value);
        }
        else
        {
            PrintRanges(ref list, in reg);
            if (!reg.Var.IsUnknown)
            {
                list.Next();
                Log.Write($"var_off={TnumStr(reg.Var)}");
            }
        }
        Log.Write(')');
    }

    private static readonly string[] s_boundNames = ["smin", "smax", "umin", "umax", "smin32", "smax32", "umin32", "umax32"];

    /// <summary>Bounds that say something; a later bound of the same direction and value joins the first: <c>smin=smin32=1</c>.</summary>
    private void PrintRanges(ref AttributeList list, in RegState reg)
    {
        Span<ulong> values =
        [
            (ulong)reg.SMin, (ulong)reg.SMax, reg.UMin, reg.UMax,
            Signed32(reg.S32Min), Signed32(reg.S32Max), reg.U32Min, reg.U32Max,
        ];
        Span<bool> omit =
        [
            reg.SMin == long.MinValue, reg.SMax == long.MaxValue, reg.UMin == 0, reg.UMax == ulong.MaxValue,
            reg.S32Min == int.MinValue, reg.S32Max == int.MaxValue, reg.U32Min == 0, reg.U32Max == uint.MaxValue,
        ];

        for (int i = 0; i < values.Length; i++)
        {
            if (omit[i])
                continue;
            list.Next();
            Log.Write($"{s_boundNames[i]}=");
            for (int j = i + 2; j < values.Length; j += 2)
            {
                if (omit[j] || values[j] != values[i] || IsNegative(j, values[j]) != IsNegative(i, values[i]))
                    continue;
                omit[j] = true;
                Log.Write($"{s_boundNames[j]}=");
            }
            if (IsSigned(i))
                LogNumbers.WriteSigned(Log, (long)values[i]);
            else
                LogNumbers.WriteUnsigned(Log, values[i]);
        }

        static bool IsSigned(int bound) => (bound & 2) == 0;
        static bool IsNegative(int bound, ulong value) => IsSigned(bound) && (long)value < 0;
        // Sign extension is right in decimal, misleading in hexadecimal.
        static ulong Signed32(int value) => LogNumbers.IsDecimal((long)value) ? (ulong)(long)value : (uint)value;
    }

    /// <summary>The form before 6.8: every number in full, pointers always with their offset.</summary>
    private void PrintRegVerbosely(in RegState reg)
    {
        bool scalar = reg.Type == RegKind.Scalar;
        if (scalar && reg.Precise)
            Log.Write('P');
        if ((scalar || reg.Type == RegKind.Stack) && reg.Var.IsConst)
        {
            if (!scalar)
                Log.Write(RegTypeStr(reg.Type));
            Log.Write($"{(long)reg.Var.Value + reg.Off}");
            return;
        }

        Log.Write(RegTypeStr(reg.Type));
        if (reg.Type.Kind == RegKind.BtfId)
            Log.Write(Types(reg.BtfOwner)[reg.BtfId].Name);

        Log.Write('(');
        var list = new AttributeList(Log);
        if (reg.Id != 0)
            list.Plain("id=", (int)reg.Id);
        if (reg.RefObjId != 0 && reg.Type.Kind is RegKind.Socket or RegKind.TcpSock or RegKind.Mem or RegKind.BtfId)
            list.Plain("ref_obj_id=", (int)reg.RefObjId);
        if (!scalar)
            list.Plain("off=", reg.Off);
        if (reg.Type.Kind is RegKind.Packet or RegKind.PacketMeta)
        {
            list.Plain("r=", reg.Range);
        }
        else if (reg.Type.Kind is RegKind.ConstMap or RegKind.MapKey or RegKind.MapValue && reg.MapHandle != 0)
        {
            MapInfo map = Map(reg.MapHandle);
            list.Next();
            Log.Write($"ks={(int)map.KeySize},vs={(int)map.ValueSize}");
        }
        if (reg.Var.IsConst)
        {
            list.Next();
            Log.Write($"imm={reg.Var.Value:x}");
        }
        else
        {
            PrintRangesVerbosely(ref list, in reg);
        }
        Log.Write(')');
    }

    private void PrintRangesVerbosely(ref AttributeList list, in RegState reg)
    {
        if (reg.SMin != (long)reg.UMin && reg.SMin != long.MinValue)
            list.Plain("smin=", reg.SMin);
        if (reg.SMax != (long)reg.UMax && reg.SMax != long.MaxValue)
            list.Plain("smax=", reg.SMax);
        if (reg.UMin != 0)
            list.Plain("umin=", reg.UMin);
        if (reg.UMax != ulong.MaxValue)
            list.Plain("umax=", reg.UMax);
        if (!reg.Var.IsUnknown)
        {
            list.Next();
            Log.Write($"var_off={TnumStr(reg.Var)}");
        }
        if (reg.S32Min != reg.SMin && reg.S32Min != int.MinValue)
            list.Plain("s32_min=", reg.S32Min);
        if (reg.S32Max != reg.SMax && reg.S32Max != int.MaxValue)
            list.Plain("s32_max=", reg.S32Max);
        // Unsigned bounds are printed as signed numbers here; that is how this form reads.
        if (reg.U32Min != reg.UMin && reg.U32Min != 0)
            list.Plain("u32_min=", (int)reg.U32Min);
        if (reg.U32Max != reg.UMax && reg.U32Max != uint.MaxValue)
            list.Plain("u32_max=", (int)reg.U32Max);
    }

    /// <summary>Attributes with commas between them.</summary>
    private ref struct AttributeList(VerifierLog log)
    {
        private readonly VerifierLog _log = log;
        private bool _any;

        /// <summary>Begins another attribute.</summary>
        public void Next()
        {
            if (_any)
                _log.Write(',');
            _any = true;
        }

        public void Plain<T>(string name, T value) where T : ISpanFormattable
        {
            Next();
            _log.Write($"{name}{value}");
        }

        public void Signed(string name, long value)
        {
            Next();
            _log.Write(name);
            LogNumbers.WriteSigned(_log, value);
        }

        public void Unsigned(string name, ulong value)
        {
            Next();
            _log.Write(name);
            LogNumbers.WriteUnsigned(_log, value);
        }
    }
}
