using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A test that reads C, which needs libclang; without one it is left out.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibClangFactAttribute : FactAttribute
{
    public LibClangFactAttribute()
    {
        try
        {
            LibClang.Load(null);
        }
        catch (IngestException missing)
        {
            Skip = missing.Message;
        }
    }
}
