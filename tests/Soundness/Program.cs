using System.CommandLine;
using BpfVerifier.Soundness;

return new RootCommand("Runs accepted programs and holds what they do against what the verifier said they would.") { RunCommand.Create() }.Parse(args).Invoke();
