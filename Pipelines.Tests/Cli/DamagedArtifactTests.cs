using System.IO.Compression;
using System.Text;

namespace MLPipelines.Tests.Cli;

/// <summary>Artifacts that are damaged or hostile: one clear error that names the file, exit code 4, and nothing is touched.</summary>
[TestClass]
public sealed class DamagedArtifactTests
{
    public static void FlipByteInTheMiddle(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }

    [TestMethod]
    public Task A_flipped_byte() => RefusedAsync(FlipByteInTheMiddle);

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.99)]
    public Task A_truncated_file(double share) => RefusedAsync(file =>
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength((long)(stream.Length * share));
    });

    [TestMethod]
    public Task Packed_anew_by_another_tool() => RefusedAsync(file =>
    {
        string folder = file + ".unpacked";
        ZipFile.ExtractToDirectory(file, folder);
        File.Delete(file);
        ZipFile.CreateFromDirectory(folder, file);
        Directory.Delete(folder, recursive: true);
    });

    [TestMethod]
    public Task An_entry_that_climbs_out_of_the_folder() => RefusedAsync(file => AddEntry(file, "../../escaped.txt"));

    [TestMethod]
    public Task An_entry_that_the_manifest_does_not_list() => RefusedAsync(file => AddEntry(file, "stages/00-linear-text/more.bin"));

    [TestMethod]
    public Task Not_a_zip_at_all() => RefusedAsync(file => File.WriteAllText(file, "hello"));

    [TestMethod]
    public Task A_huge_entry_packed_small() => RefusedAsync(file =>
    {
        using var archive = ZipFile.Open(file, ZipArchiveMode.Update);
        using var stream = archive.CreateEntry("bomb.bin", CompressionLevel.Optimal).Open();
        var zeros = new byte[1 << 20];
        for (int i = 0; i < 64; i++)
            stream.Write(zeros);
    });

    private static void AddEntry(string file, string name)
    {
        using var archive = ZipFile.Open(file, ZipArchiveMode.Update);
        using var stream = archive.CreateEntry(name).Open();
        stream.Write(Encoding.UTF8.GetBytes("harm"));
    }

    private static async Task RefusedAsync(Action<string> damage)
    {
        using var folder = new TemporaryFolder();
        string artifact = Path.Combine(Directory.CreateDirectory(folder.File("store/topic")).FullName, "1.0.0.zip");
        File.Copy(Path.Combine(await SharedModel.StoreAsync(), "topic", "1.0.0.zip"), artifact);
        damage(artifact);
        var before = Snapshot(folder.Path);
        foreach (var command in new string[][] { ["predict", "topic", "x"], ["evaluate", "topic", "--data", SharedModel.Table], ["artifacts", "verify", "topic"] })
        {
            var ran = await Mlp.RunAsync([.. command, "--store", folder.File("store")]);
            Assert.AreEqual(4, ran.Code, ran.Error);
            Assert.Contains("1.0.0.zip", ran.Fault);
            Assert.DoesNotContain("   at ", ran.Error);
        }
        CollectionAssert.AreEqual(before, Snapshot(folder.Path));
    }

    private static string[] Snapshot(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}")];
}
