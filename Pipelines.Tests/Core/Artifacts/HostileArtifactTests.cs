using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>Artifacts that were damaged, cut, packed anew or made to harm: each gives one clear error and nothing else.</summary>
[TestClass]
public sealed class HostileArtifactTests
{
    private static readonly byte[] Good = Bytes();

    private static string Refusal(byte[] bytes, ArtifactTrustOptions? trust = null) => Assert.ThrowsExactly<ArtifactException>(() =>
    {
        using var reader = Open(bytes, trust);
        reader.Verify();
    }).Message;

    private static byte[] Zip(params (string Name, byte[] Bytes, int Attributes)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes, attributes) in entries)
            {
                var entry = archive.CreateEntry(name, CompressionLevel.NoCompression);
                entry.ExternalAttributes = attributes;
                using var target = entry.Open();
                target.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>The good artifact's entries, changed and packed anew by another tool.</summary>
    private static byte[] Repack(Func<List<(string Name, byte[] Bytes, int Attributes)>, IEnumerable<(string, byte[], int)>> change)
    {
        using var archive = new ZipArchive(new MemoryStream(Good));
        var entries = archive.Entries.Select(entry =>
        {
            using var copy = new MemoryStream();
            using var source = entry.Open();
            source.CopyTo(copy);
            return (entry.FullName, copy.ToArray(), 0);
        }).ToList();
        return Zip([.. change(entries)]);
    }

    private static byte[] RepackManifest(Func<string, string> change) => Repack(entries =>
        entries.Select(entry => entry.Name == "manifest.json" ? (entry.Name, Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(entry.Bytes))), 0) : entry));

    [TestMethod]
    public void AnIntactArtifactIsRead()
    {
        using var reader = Open(Good);
        reader.Verify();
        Assert.AreEqual("{\"text\":\"hello\"}", Encoding.UTF8.GetString(reader.Read("stages/00-mlnet/config.json")));
    }

    [TestMethod]
    public void PackedAnewWithTheSameContentItIsStillTheSame()
    {
        using var reader = Open(Repack(entries => entries));
        reader.Verify();
        Assert.AreEqual("sample", reader.Manifest.Name);
    }

    [TestMethod]
    public void CutAnywhereItIsRefused()
    {
        for (int length = 0; length < Good.Length; length += 97)
            Refusal(Good[..length]);
    }

    [TestMethod]
    public void BytesBeforeOrAfterAreRefused()
    {
        Refusal([.. Good, 0]);
        Refusal([0, .. Good]);
        Refusal([.. "MZ"u8, .. Good]);
    }

    [TestMethod]
    public void ChangedContentIsRefusedByItsHash() =>
        Assert.Contains("was changed", Refusal(Repack(entries => entries.Select(entry => entry.Name.EndsWith(".bin", StringComparison.Ordinal) ? (entry.Name, [.. entry.Bytes[..^1], (byte)(entry.Bytes[^1] ^ 1)], 0) : entry))));

    [TestMethod]
    public void LongerContentIsRefused() =>
        Assert.Contains("where the manifest states", Refusal(Repack(entries => entries.Select(entry => entry.Name.EndsWith(".bin", StringComparison.Ordinal) ? (entry.Name, [.. entry.Bytes, 1], 0) : entry))));

    [TestMethod]
    public void AnEntryThatIsNotListedIsRefused() =>
        Assert.Contains("not listed", Refusal(Repack(entries => entries.Append(("extra.txt", [1], 0)))));

    [TestMethod]
    public void AMissingEntryIsRefused() =>
        Assert.Contains("missing", Refusal(Repack(entries => entries.Where(entry => !entry.Name.EndsWith(".bin", StringComparison.Ordinal)))));

    [TestMethod]
    public void TheManifestMustComeFirst() =>
        Assert.Contains("first entry", Refusal(Repack(entries => entries.AsEnumerable().Reverse())));

    [TestMethod]
    [DataRow("../evil.txt")]
    [DataRow("/etc/passwd")]
    [DataRow("a/../../b")]
    [DataRow("C:evil")]
    [DataRow("a\\b")]
    [DataRow("a//b")]
    [DataRow("a/./b")]
    [DataRow("nul")]
    [DataRow("stages/con.json")]
    [DataRow("a\u0001b")]
    [DataRow("trailing.")]
    [DataRow("e\u0301.txt")]
    [DataRow("model.pkl")]
    [DataRow("model.pt")]
    [DataRow("lib.so")]
    [DataRow("a%2e%2e")]
    [DataRow("a#b")]
    public void NamesThatLeaveTheFolderOrExecuteAreRefused(string name) =>
        Assert.Contains("is refused: entry", Refusal(Repack(entries => entries.Append((name, [1], 0)))));

    [TestMethod]
    public void NamesThatDifferOnlyInCaseAreRefused() =>
        Assert.Contains("differs from another only in case", Refusal(Repack(entries => entries.Append(("MANIFEST.json", [1], 0)))));

    [TestMethod]
    public void ANameThatOccursTwiceIsRefused() =>
        Assert.Contains("occurs twice", Refusal(Repack(entries => entries.Append(entries[1]))));

    [TestMethod]
    public void LinksAreRefused() =>
        Assert.Contains("is a link", Refusal(Repack(entries => entries.Select(entry => entry.Name.EndsWith(".bin", StringComparison.Ordinal) ? (entry.Name, entry.Bytes, 0xA1FF << 16) : entry))));

    [TestMethod]
    public void PicklesAreRefusedWhateverTheirName()
    {
        byte[] pickle = [0x80, 4, (byte)'c', (byte)'o', (byte)'s', (byte)'\n', (byte)'.'];
        Assert.Contains("pickle", Assert.ThrowsExactly<ArtifactException>(() => new ArtifactBuilder().Add("weights.bin", "weights", pickle)).Message);
    }

    [TestMethod]
    public void TooManyEntriesOrBytesAreRefused()
    {
        Assert.Contains("MaximumEntries", Refusal(Good, new ArtifactTrustOptions { MaximumEntries = 2 }));
        Assert.Contains("MaximumTotalBytes", Refusal(Good, new ArtifactTrustOptions { MaximumTotalBytes = 1000 }));
    }

    [TestMethod]
    public void AnEntryThatGrowsTooMuchIsRefused()
    {
        var content = new ArtifactBuilder();
        content.Add("notes.txt", "notes", new byte[5_000_000]);
        Assert.Contains("grows from", Refusal(Bytes(content: content)));
    }

    [TestMethod]
    public void EncryptedEntriesAreRefused()
    {
        var bytes = (byte[])Good.Clone();
        int central = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        bytes[central + 8] |= 1;
        Assert.Contains("is encrypted", Refusal(bytes));
    }

    [TestMethod]
    public void LocalHeadersThatDifferFromTheDirectoryAreRefused()
    {
        var bytes = (byte[])Good.Clone();
        int local = bytes.AsSpan().LastIndexOf("PK\u0003\u0004"u8);
        bytes[local + 30] ^= 1;
        Assert.Contains("local header", Refusal(bytes));
    }

    [TestMethod]
    public void LaterFormatsAndManifestsWithUnknownPartsAreRefused()
    {
        Assert.Contains("has the format 2.0", Refusal(RepackManifest(json => json.Replace("\"schemaVersion\": \"1.0\"", "\"schemaVersion\": \"2.0\"", StringComparison.Ordinal))));
        Assert.Contains("manifest is not valid", Refusal(RepackManifest(json => json.Replace("\"name\":", "\"unknown\": 1, \"name\":", StringComparison.Ordinal))));
        Assert.Contains("manifest", Refusal(RepackManifest(_ => "not json")));
        Assert.Contains("manifest", Refusal(RepackManifest(_ => "{}")));
        Assert.Contains("manifest", Refusal(RepackManifest(json => json.Replace("\"entries\": [", "\"entries\": null, \"x\": [", StringComparison.Ordinal))));
        Assert.Contains("manifest", Refusal(RepackManifest(_ => string.Concat(Enumerable.Repeat("[", 5000)))));
    }

    [TestMethod]
    public void TheContentDigestMustMatchTheListing() =>
        Assert.Contains("content digest", Refusal(RepackManifest(json => json.Replace("\"contentDigest\": \"sha256:", "\"contentDigest\": \"sha256:0", StringComparison.Ordinal))));

    [TestMethod]
    public void FilesThatAreNoZipAreRefused()
    {
        Refusal([]);
        Refusal(new byte[100]);
        Refusal(Encoding.UTF8.GetBytes(new string('x', 1000)));
        Assert.Contains("cannot be opened", Assert.ThrowsExactly<ArtifactException>(() => ArtifactReader.Open("/nowhere/absent.zip")).Message);
    }

    [TestMethod]
    public void RandomChangesNeverCrashAndNeverGoUnnoticed()
    {
        var changes = Gen.Choose(0, Good.Length - 1).Zip(Gen.Choose(1, 255)).ListOf().Select(list => list.Take(4).ToArray()).ToArbitrary();
        Prop.ForAll(changes, list =>
        {
            var bytes = (byte[])Good.Clone();
            foreach (var (position, mask) in list)
                bytes[position] ^= (byte)mask;
            try
            {
                using var reader = Open(bytes);
                reader.Verify();
                // Only fields without meaning, such as times, can change without being noticed.
                return JsonSerializer.Serialize(reader.Manifest) == JsonSerializer.Serialize(Open(Good).Manifest);
            }
            catch (ArtifactException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [TestMethod]
    public void RandomBytesAndRandomTailsNeverCrash()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(0, Good.Length).ToArbitrary(), (random, cut) =>
        {
            byte[] bytes = [.. Good[..cut], .. random ?? [], .. Good[^Math.Min(Good.Length - cut, 22)..]];
            if (bytes.AsSpan().SequenceEqual(Good))
                return true;
            try
            {
                using var reader = Open(bytes);
                reader.Verify();
                return false;
            }
            catch (ArtifactException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
