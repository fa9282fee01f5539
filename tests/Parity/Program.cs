using System.CommandLine;
using BpfVerifier.Parity;

var root = new RootCommand("Compares our verdicts, messages, statistics and logs with those recorded from real kernels.")
{
    TableCommand.Create(),
    ShowCommand.Create(),
};
return root.Parse(args).Invoke();
