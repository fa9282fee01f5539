using System.CommandLine;
using BpfVerifier.Cli;

var root = new RootCommand("The eBPF verifiers of many Linux releases, in process: verdict, message and log as each kernel gives them.")
{
    VerifyCommand.Create(),
};
return root.Parse(args).Invoke();
