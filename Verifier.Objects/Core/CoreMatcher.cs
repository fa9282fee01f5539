using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>Finds in a kernel's type what an access path of the object's type means.</summary>
internal sealed class CoreMatcher(CoreTypeComparer comparer)
{
    /// <summary>Resolves <paramref name="local"/> against one candidate; <paramref name="found"/> holds what was matched, also in part.</summary>
    public CoreMatch Match(CoreSpec local, BtfTypes kernel, int candidateId, out CoreSpec found)
    {
        found = new CoreSpec(kernel, candidateId, local.Kind);
        if (local.Kind == CoreKind.TypeMatches)
            return comparer.Matches(local.Types, local.RootId, kernel, candidateId);
        if (local.Kind.IsType())
            return comparer.AreCompatible(local.Types, local.RootId, kernel, candidateId);
        if (local.Kind.IsEnumerator())
            return MatchEnumerator(local, kernel, candidateId, found);
        return local.Kind.IsField() ? MatchFields(local, kernel, candidateId, found) : CoreMatch.Invalid;
    }

    private static CoreMatch MatchEnumerator(CoreSpec local, BtfTypes kernel, int id, CoreSpec found)
    {
        id = kernel.SkipModifiersAndTypedefs(id);
        BtfType type = kernel[id];
        if (!type.IsEnum)
            return CoreMatch.No;
        ReadOnlySpan<byte> wanted = BtfNames.Essential(local.Name(local.Steps[0]));
        for (int i = 0; i < type.VLen; i++)
        {
            if (!BtfNames.Essential(type.Enumerator(i).NameBytes).SequenceEqual(wanted))
                continue;
            found.Steps.Add(new CoreStep(id, i, true));
            found.Raw.Add(i);
            return CoreMatch.Yes;
        }
        return CoreMatch.No;
    }

    private CoreMatch MatchFields(CoreSpec local, BtfTypes kernel, int id, CoreSpec found)
    {
        for (int i = 0; i < local.Steps.Count; i++)
        {
            CoreStep step = local.Steps[i];
            id = kernel.SkipModifiersAndTypedefs(id);
            if (step.IsNamed)
            {
                CoreMatch match = MatchMember(local, step, kernel, ref id, found);
                if (match != CoreMatch.Yes)
                    return match;
                continue;
            }
            // The first step counts in units of the root type itself, as through a pointer to it.
            if (i > 0)
            {
                BtfType array = kernel[id];
                if (array.Kind != BtfKind.Array || !found.IsFlexibleArray(array) && step.Index >= array.Length)
                    return CoreMatch.No;
                id = kernel.SkipModifiersAndTypedefs(array.ElementTypeId);
            }
            if (found.Raw.Count == CoreSpec.MaxLength)
                return CoreMatch.TooDeep;
            found.Steps.Add(new CoreStep(id, step.Index, false));
            found.Raw.Add(step.Index);
            if (!kernel.TryResolveSize(id, out long size))
                return CoreMatch.Invalid;
            found.Advance(step.Index, size);
        }
        return CoreMatch.Yes;
    }

    /// <summary>Looks for a member by name, through anonymous structs and unions; on success <paramref name="id"/> becomes its type.</summary>
    private CoreMatch MatchMember(CoreSpec local, CoreStep step, BtfTypes kernel, ref int id, CoreSpec found)
    {
        id = kernel.SkipModifiersAndTypedefs(id);
        BtfType type = kernel[id];
        if (!type.IsStruct)
            return CoreMatch.No;
        BtfMember wanted = local.Types[step.TypeId].Member(step.Index);
        for (int i = 0; i < type.VLen; i++)
        {
            if (!comparer.Spend())
                return CoreMatch.Invalid;
            BtfMember member = type.Member(i);
            if (found.Raw.Count == CoreSpec.MaxLength)
                return CoreMatch.TooDeep;
            found.BitOffset += member.BitOffset;
            found.Raw.Add(i);
            if (member.NameBytes.IsEmpty)
            {
                int inner = member.TypeId;
                CoreMatch match = MatchMember(local, step, kernel, ref inner, found);
                if (match != CoreMatch.No)
                {
                    id = inner;
                    return match;
                }
            }
            else if (member.NameBytes.SequenceEqual(wanted.NameBytes))
            {
                CoreMatch match = CoreTypeComparer.FieldsAreCompatible(local.Types, wanted.TypeId, kernel, member.TypeId);
                if (match != CoreMatch.No)
                    found.Steps.Add(new CoreStep(id, i, true));
                id = member.TypeId;
                return match;
            }
            found.BitOffset -= member.BitOffset;
            found.Raw.RemoveAt(found.Raw.Count - 1);
        }
        return CoreMatch.No;
    }
}
