using BpfVerifier.HeaderIngest.Ledger;
using Xunit;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>docs/ledger.md is what the ledger says now.</summary>
public class LedgerPageTests
{
    [Fact]
    public void TheCommittedPageIsThatOfTheLedger()
    {
        string root = Repository.Root!;
        Assert.Equal(LedgerPage.Write(Path.Combine(root, "Verifier.Runtime", "Changes"), Path.Combine(root, "kernel-headers")), File.ReadAllText(Path.Combine(root, "docs", "ledger.md")));
    }

    [Fact]
    public void ADamagedLedgerIsNamed()
    {
        string folder = Directory.CreateTempSubdirectory("ledger").FullName;
        File.WriteAllText(Path.Combine(folder, "ledger.json"), "{ \"changes\": [ { } ] }");
        Assert.Contains("ledger.json", Assert.Throws<IngestException>(() => LedgerPage.Write(folder, folder)).Message, StringComparison.Ordinal);
    }
}
