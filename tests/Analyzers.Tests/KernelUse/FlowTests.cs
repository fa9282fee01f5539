using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Guards: what is understood, beside what is not enough. <c>New</c> is since 6.1, <c>Newer</c> since 6.12.</summary>
public class FlowTests
{
    private const string Use = "_ = Helpers.bpf_loop;", Bad = "_ = {|BPFK0001:Helpers.bpf_loop|};";

    [Theory]
    // if and else
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { GOOD } else { BAD }")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) { BAD } else { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) GOOD BAD")]
    [InlineData("if (Kernel.IsAtLeast(5, 11)) { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { } else if (other) { BAD } else { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(minor: 1, major: 6)) { GOOD }")]
    [InlineData("const int six = 6; if (Kernel.IsAtLeast(six, 0 + 1)) { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(number, 1)) { BAD }")]
    // and, or, not
    [InlineData("if (other && Kernel.IsAtLeast(6, 1)) { GOOD } else { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) && other) { GOOD } else { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) || other) { BAD } else { BAD }")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1) || other) { BAD } else { GOOD }")]
    [InlineData("if (!(Kernel.IsAtLeast(6, 1) && other)) { BAD } else { GOOD }")]
    [InlineData("if (!(!Kernel.IsAtLeast(6, 1) || other)) { GOOD } else { BAD }")]
    [InlineData("if (other & Kernel.IsAtLeast(6, 1)) { GOOD } else { BAD }")]
    [InlineData("if (other | !Kernel.IsAtLeast(6, 1)) { BAD } else { GOOD }")]
    [InlineData("if ((Kernel.IsAtLeast(6, 1) && other) || (Kernel.IsAtLeast(6, 1) && number > 0)) { GOOD }")]
    [InlineData("_ = Kernel.IsAtLeast(6, 1) && Helpers.bpf_loop.Id > 0;")]
    [InlineData("_ = Kernel.IsAtLeast(6, 1) || {|BPFK0001:Helpers.bpf_loop|}.Id > 0;")]
    [InlineData("_ = !Kernel.IsAtLeast(6, 1) || Helpers.bpf_loop.Id > 0;")]
    // comparison with a constant, patterns
    [InlineData("if (Kernel.IsAtLeast(6, 1) == true) { GOOD } else { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) == false) { BAD } else { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) != true) { BAD } else { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) is true) { GOOD } else { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) is not true) { BAD } else { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) ^ true) { BAD } else { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1) == other) { BAD } else { BAD }")]
    // leaving early
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) return; GOOD")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) throw new PlatformNotSupportedException(); GOOD")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) { if (other) return; } BAD")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) { if (other) return; else throw new Exception(); } GOOD")]
    [InlineData("while (true) { if (!Kernel.IsAtLeast(6, 1)) break; GOOD } BAD")]
    [InlineData("for (int i = 0; i < number; i++) { if (!Kernel.IsAtLeast(6, 1)) continue; GOOD }")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) goto end; GOOD end: BAD")]
    [InlineData("_ = Kernel.IsAtLeast(6, 1) ? 1 : throw new Exception(); GOOD")]
    [InlineData("Debug.Assert(Kernel.IsAtLeast(6, 1)); GOOD")]
    [InlineData("Debug.Assert(other); BAD")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(new Exception()); GOOD")]
    [InlineData("if (!Kernel.IsAtLeast(6, 1)) Environment.FailFast(null); GOOD")]
    // conditional expressions
    [InlineData("_ = Kernel.IsAtLeast(6, 1) ? Helpers.bpf_loop : {|BPFK0001:Helpers.bpf_loop|};")]
    [InlineData("HelperDescriptor? h = null; _ = Kernel.IsAtLeast(6, 1) ? h ?? Helpers.bpf_loop : h ?? {|BPFK0001:Helpers.bpf_loop|};")]
    // switch
    [InlineData("switch (Kernel.IsAtLeast(6, 1)) { case true: GOOD break; case false: BAD break; }")]
    [InlineData("switch (Kernel.IsAtLeast(6, 1)) { case true: GOOD break; default: BAD break; }")]
    [InlineData("switch (number) { case 1 when Kernel.IsAtLeast(6, 1): GOOD break; default: BAD break; }")]
    [InlineData("switch (number) { case 1: if (!Kernel.IsAtLeast(6, 1)) return; break; case 2: return; default: throw new Exception(); } GOOD")]
    [InlineData("_ = Kernel.IsAtLeast(6, 1) switch { true => Helpers.bpf_loop, false => {|BPFK0001:Helpers.bpf_loop|} };")]
    [InlineData("_ = Kernel.IsAtLeast(6, 1) switch { true => Helpers.bpf_loop, _ => {|BPFK0001:Helpers.bpf_loop|} };")]
    [InlineData("_ = number switch { 1 when Kernel.IsAtLeast(6, 1) => Helpers.bpf_loop, _ => {|BPFK0001:Helpers.bpf_loop|} };")]
    [InlineData("_ = (Kernel.IsAtLeast(6, 1), other) switch { (true, true) => 1, _ => 2 }; BAD")]
    // locals
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); if (has) { GOOD } else { BAD }")]
    [InlineData("var has = other && Kernel.IsAtLeast(6, 1); if (has) { GOOD } else { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1) || other; if (has) { BAD }")]
    [InlineData("bool has = false; if (other) has = Kernel.IsAtLeast(6, 1); if (has) { GOOD }")]
    [InlineData("bool has = true; if (other) has = Kernel.IsAtLeast(6, 1); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); has = other; if (has) { BAD }")]
    [InlineData("bool has = other; has &= Kernel.IsAtLeast(6, 1); if (has) { GOOD }")]
    [InlineData("bool has = other; has |= Kernel.IsAtLeast(6, 1); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); bool.TryParse(\"\", out has); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); Action a = () => has = true; a(); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); Action a = () => bool.TryParse(\"\", out has); a(); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); F(); if (has) { BAD } void F() { has = true; }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); ref bool r = ref has; r = true; if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); bool* p = &has; *p = true; if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); (has, number) = (true, 1); if (has) { BAD }")]
    [InlineData("bool has = Kernel.IsAtLeast(6, 1); while (other) { if (has) { BAD } has = true; }")]
    [InlineData("bool has; if (has = Kernel.IsAtLeast(6, 1)) { GOOD } else { BAD }")]
    // loops, using, lock, try
    [InlineData("while (Kernel.IsAtLeast(6, 1) && other) { GOOD } BAD")]
    [InlineData("do { BAD } while (Kernel.IsAtLeast(6, 1));")]
    [InlineData("foreach (int i in new int[3]) { if (Kernel.IsAtLeast(6, 1)) { GOOD } BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { lock (this) { using (IDisposable? d = null) { GOOD } } }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { try { GOOD } catch { GOOD } finally { GOOD } }")]
    [InlineData("try { if (!Kernel.IsAtLeast(6, 1)) return; GOOD } catch { BAD } finally { BAD }")]
    [InlineData("try { if (!Kernel.IsAtLeast(6, 1)) throw new Exception(); } catch (Exception e) when (e.Message.Length > 0) { return; } GOOD")]
    [InlineData("try { if (!Kernel.IsAtLeast(6, 1)) throw new Exception(); } catch { } BAD")]
    // lambdas and local functions
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { Func<HelperDescriptor> f = () => Helpers.bpf_loop; }")]
    [InlineData("Func<HelperDescriptor> f = () => {|BPFK0001:Helpers.bpf_loop|};")]
    [InlineData("Action f = () => { if (Kernel.IsAtLeast(6, 1)) { GOOD } BAD };")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) F(); void F() { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) F(); F(); void F() { BAD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) G(); void F() { GOOD G(); } void G() { if (other) F(); }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { Action a = F; } void F() { GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) _ = new[] { 1 }.Select(i => Helpers.bpf_loop.Id + i).ToArray();")]
    // two guards
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { if (Kernel.IsAtLeast(6, 12)) { _ = Kfuncs.bpf_cpumask_create.Name; } else { _ = {|BPFK0001:Kfuncs.bpf_cpumask_create|}.Name; } GOOD }")]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { _ = {|BPFK0001:Kfuncs.bpf_cpumask_create|}.Name; }")]
    [InlineData("if (!Kernel.IsAtLeast(6, 12) && Kernel.IsAtLeast(6, 1)) { GOOD }")]
    public Task Guard(string statements) => Analysis.Statements(Fill(statements), "5.10,6.1,6.12");

    [Theory]
    [InlineData("[KernelGuard(\"6.1\")] static bool Has() => true;", "Has()")]
    [InlineData("[KernelGuard(\"6.1\")] static bool Has => true;", "Has")]
    [InlineData("[KernelGuard(\"6.1\")] static readonly bool Has = Kernel.IsAtLeast(6, 1);", "Has")]
    [InlineData("[KernelGuard(\"6.1\")] bool Has(int i) => true;", "Has(number)")]
    public Task GuardMember_Valid(string guard, string call) =>
        Analysis.Members(guard + Fill(" void M(bool other, int number) { if (" + call + ") { GOOD } if (!" + call + ") return; GOOD }"), "5.10,6.1");

    [Theory]
    [InlineData("static bool Has => true;", "Has")]
    [InlineData("[KernelGuard(\"5.1\")] static bool Has => true;", "Has")]
    [InlineData("[KernelGuard(\"6.1\")] static bool Has => true;", "!Has")]
    public Task GuardMember_Invalid(string guard, string call) =>
        Analysis.Members(guard + Fill(" void M() { if (" + call + ") { BAD } }"), "5.10,6.1");

    [Theory]
    [InlineData("if (new Opposite(Kernel.IsAtLeast(6, 1))) { BAD }")]
    [InlineData("if ((Opposite)Kernel.IsAtLeast(6, 1)) { BAD }")]
    [InlineData("if (!(Opposite)Kernel.IsAtLeast(6, 1)) { BAD }")]
    [InlineData("object has = Kernel.IsAtLeast(6, 1); if (has is true) { BAD }")]
    [InlineData("bool? has = Kernel.IsAtLeast(6, 1); if (has == true) { BAD }")]
    public Task Operators_OfPeople_SayNothing(string statements) => Analysis.Source("""
        readonly struct Opposite(bool value)
        {
            public static implicit operator Opposite(bool value) => new(value);
            public static implicit operator bool(Opposite value) => !value.Value;
            public static bool operator !(Opposite value) => value.Value;
            bool Value => value;
        }
        """ + "class C { void M() { " + Fill(statements) + " } }", "5.10,6.1");

    [Fact]
    public Task GuardMember_ThatIsFalse_SaysNothing() =>
        Analysis.Members("[KernelGuard(\"6.1\")] static bool Has => true; void M() { if (Has) return; " + Bad + " if (Kernel.IsAtLeast(6, 1)) { " + Use + " } }", "5.10,6.1");

    [Fact]
    public Task GuardMember_WithAnEnd_Valid() => Analysis.Members("""
        [KernelGuard("6.1", Before = "6.12")] static bool Between => true;
        void M() { if (Between) { _ = Kfuncs.bpf_kfunc_call_test1; } else { _ = {|BPFK0002:Kfuncs.bpf_kfunc_call_test1|}; } }
        """, "6.1,6.12");

    private static string Fill(string statements) => statements.Replace("GOOD", Use, StringComparison.Ordinal).Replace("BAD", Bad, StringComparison.Ordinal);
}
