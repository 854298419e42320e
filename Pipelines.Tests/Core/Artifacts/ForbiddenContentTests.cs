using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>What could execute when it is loaded does not get into an artifact, and is not read from one.</summary>
[TestClass]
public sealed class ForbiddenContentTests
{
    private static readonly byte[] Pickle = [0x80, 4, (byte)'c', (byte)'o', (byte)'s', (byte)'\n', (byte)'.'];

    private static string Refusal(byte[] content) => Assert.ThrowsExactly<ArtifactException>(() =>
    {
        using var builder = new ArtifactBuilder();
        builder.Add("weights.bin", "weights", content);
    }).Message;

    private static void Accepts(byte[] content)
    {
        using var builder = new ArtifactBuilder();
        builder.Add("weights.bin", "weights", content);
        Assert.HasCount(1, builder.Entries);
    }

    private static byte[] Zip(string name, byte[] bytes, bool deflate = false)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        using var content = EntryContent.Of(bytes);
        zip.Add(name, content, deflate);
        zip.Finish();
        return stream.ToArray();
    }

    [TestMethod]
    [DataRow((byte)2)]
    [DataRow((byte)3)]
    [DataRow((byte)4)]
    [DataRow((byte)5)]
    public void PicklesAreRefusedWhateverTheirName(byte protocol) => Assert.Contains("pickle", Refusal([0x80, protocol, .. Pickle[2..]]));

    [TestMethod]
    public void TorchFilesOfTheOldKindAreRefused() =>
        Assert.Contains("pickle", Refusal([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 1, 2, 3]));

    [TestMethod]
    public void SafetensorsAreNoPickles()
    {
        // A header of 0x0280 bytes begins as a pickle of protocol 2 does.
        var safetensors = new byte[8 + 0x280 + 1];
        BinaryPrimitives.WriteUInt64LittleEndian(safetensors, 0x280);
        safetensors[8] = (byte)'{';
        safetensors[^1] = (byte)'.';
        Accepts(safetensors);
    }

    [TestMethod]
    public void PicklesInZipsAreRefused()
    {
        Assert.Contains("data.bin", Refusal(Zip("data.bin", Pickle)));
        Assert.Contains(".pkl", Refusal(Zip("archive/data.pkl", [1])));
    }

    [TestMethod]
    public void OnlyFlatStoredZipsOfThisLibraryAreAllowed()
    {
        Accepts(Zip("a.bin", [1, 2, 3]));
        Assert.Contains("one level", Refusal(Zip("a.bin", Zip("b.bin", [1]))));
        Assert.Contains("compressed", Refusal(Zip("a.bin", Encoding.ASCII.GetBytes(new string('x', 40) + "y"), deflate: true)));
        using var foreign = new MemoryStream();
        using (var archive = new ZipArchive(foreign, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("a.txt").Open().Dispose();
        Assert.Contains("packed anew by another tool", Refusal(foreign.ToArray()));
    }

    [TestMethod]
    [DataRow("model.pkl")]
    [DataRow("Model.PT")]
    [DataRow("a.joblib")]
    [DataRow("a.npz")]
    [DataRow("a.dll")]
    [DataRow("a/b.py")]
    public void KindsThatExecuteAreRefusedByName(string name)
    {
        using var builder = new ArtifactBuilder();
        Assert.Contains("can execute code", Assert.ThrowsExactly<ArtifactException>(() => builder.Add(name, "weights", new byte[1])).Message);
    }

    /// <summary>The header of a component of ML.NET, with the names of assemblies where it states them.</summary>
    private static byte[] Component(string loader, params string[] strings)
    {
        byte[] Utf16(string text) => Encoding.Unicode.GetBytes(text);
        var characters = strings.SelectMany(Utf16).ToArray();
        var component = new byte[256 + (8 * strings.Length) + characters.Length + Utf16(loader).Length];
        "ML\0MODEL"u8.CopyTo(component);
        int table = 256, texts = table + (8 * strings.Length), name = texts + characters.Length;
        void Put(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(component.AsSpan(at), value);
        Put(0x20, table);
        Put(0x28, 8 * strings.Length);
        Put(0x30, texts);
        Put(0x38, characters.Length);
        Put(0x90, name);
        Put(0x98, Utf16(loader).Length);
        long end = 0;
        for (int i = 0; i < strings.Length; i++)
            Put(table + (8 * i), end += Utf16(strings[i]).Length);
        characters.CopyTo(component, texts);
        Utf16(loader).CopyTo(component, name);
        return component;
    }

    [TestMethod]
    public void ComponentsOfMLNetMayNameItsOwnAssembliesAndThoseThatAreLoaded()
    {
        Assert.IsNull(MLNetModelGuard.FaultOf(Component("Microsoft.ML.Data, Version=1.0.0.0, Culture=neutral", "a", "Features")));
        Assert.IsNull(MLNetModelGuard.FaultOf(Component(typeof(ForbiddenContentTests).Assembly.FullName!, typeof(ForbiddenContentTests).Assembly.FullName!)));
        Assert.IsNull(MLNetModelGuard.FaultOf("something else"u8));
        Assert.IsNull(MLNetModelGuard.FaultOf(new byte[1000]));
    }

    [TestMethod]
    public void ComponentsThatNameForeignAssembliesAreRefused()
    {
        Assert.Contains("'Evil.Loader, Version=1.0.0.0'", MLNetModelGuard.FaultOf(Component("Evil.Loader, Version=1.0.0.0"))!);
        Assert.Contains("Evil.Factory", MLNetModelGuard.FaultOf(Component("Microsoft.ML.Transforms", "contract", "Evil.Factory, Version=1.0.0.0, Culture=neutral"))!);
        Assert.Contains("Microsoft.MLEvil", MLNetModelGuard.FaultOf(Component("Microsoft.MLEvil"))!);
    }

    [TestMethod]
    public void ComponentHeadersThatPointOutsideAreRefused()
    {
        foreach (int field in new[] { 0x20, 0x28, 0x30, 0x38, 0x90, 0x98 })
        {
            var component = Component("Microsoft.ML.Data", "a");
            BinaryPrimitives.WriteUInt32LittleEndian(component.AsSpan(field + (field == 0x98 ? 0 : 4)), 0x7fffffff);
            Assert.Contains("points outside", MLNetModelGuard.FaultOf(component)!);
        }
    }
}
