using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>Keeps whole logs as files: <c>OBJECT/PROGRAM.l1.log</c> and <c>.l2.log</c>, slashes of the object's name as underscores.</summary>
internal sealed class LogFolder(string folder)
{
    public void Keep(Answer answer)
    {
        if (answer.Program.Length == 0)
            return;
        string target = Directory.CreateDirectory(Path.Combine(folder, answer.Object.Name.Replace('/', '_'))).FullName;
        foreach ((string level, byte[] text) in answer.WholeLogs)
            File.WriteAllBytes(Path.Combine(target, $"{answer.Program}.{level}.log"), text);
        if (answer.Libbpf.Length > 0)
            File.WriteAllText(Path.Combine(target, $"{answer.Program}.libbpf.log"), answer.Libbpf, Encoding.Latin1);
    }
}
