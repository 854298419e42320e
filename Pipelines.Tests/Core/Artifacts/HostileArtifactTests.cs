using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
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

    private sealed record Forged(string Name, byte[] Bytes, bool Deflate);

    /// <summary>A zip packed just as the library packs, of whatever entries.</summary>
    private static byte[] Zip(IEnumerable<Forged> entries)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        foreach (var entry in entries)
        {
            using var content = EntryContent.Of(entry.Bytes);
            zip.Add(entry.Name, content, entry.Deflate);
        }
        zip.Finish();
        return stream.ToArray();
    }

    private static List<Forged> EntriesOf(byte[] artifact)
    {
        using var archive = new ZipArchive(new MemoryStream(artifact));
        return [.. archive.Entries.Select(entry =>
        {
            using var copy = new MemoryStream();
            using var source = entry.Open();
            source.CopyTo(copy);
            return new Forged(entry.FullName, copy.ToArray(), entry.CompressedLength != entry.Length);
        })];
    }

    /// <summary>The good artifact with other entries, packed as the library packs.</summary>
    private static byte[] Repack(Func<List<Forged>, IEnumerable<Forged>> change) => Zip(change(EntriesOf(Good)));

    private static byte[] Change(string suffix, Func<byte[], byte[]> change) => Repack(entries =>
        entries.Select(entry => entry.Name.EndsWith(suffix, StringComparison.Ordinal) ? entry with { Bytes = change(entry.Bytes) } : entry));

    /// <summary>The good artifact, packed anew by another tool.</summary>
    private static byte[] RepackElsewhere(Action<ZipArchiveEntry>? change = null)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes, deflate) in EntriesOf(Good))
            {
                var entry = archive.CreateEntry(name, deflate ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                change?.Invoke(entry);
                using var target = entry.Open();
                target.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>The good artifact with a byte of a field of the last entry's central header changed.</summary>
    private static byte[] PatchCentral(int field, byte mask)
    {
        var bytes = (byte[])Good.Clone();
        bytes[bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + field] ^= mask;
        return bytes;
    }

    private static byte[] RepackManifest(Func<string, string> change) =>
        Change("manifest.json", bytes => Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes))));

    [TestMethod]
    public void AnIntactArtifactIsRead()
    {
        using var reader = Open(Good);
        reader.Verify();
        Assert.AreEqual("{\"text\":\"hello\"}", Encoding.UTF8.GetString(reader.Read("stages/00-mlnet/config.json")));
    }

    [TestMethod]
    public void PackedAnewByAnotherToolItIsRefused()
    {
        Assert.Contains("packed anew by another tool", Refusal(RepackElsewhere()));
        Assert.Contains("packed anew by another tool", Refusal(RepackElsewhere(entry => entry.ExternalAttributes = 0)));
    }

    [TestMethod]
    public void PackedAnewByteForByteItIsTheSameFile() => CollectionAssert.AreEqual(Good, Repack(entries => entries));

    [TestMethod]
    public void EntriesOutOfOrderAreRefused() =>
        Assert.Contains("sorted by name", Refusal(Repack(entries => [entries[0], .. entries.Skip(1).Reverse()])));

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
        Assert.Contains("was changed: its SHA-256", Refusal(Change(".bin", bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)])));

    [TestMethod]
    public void EveryChangedByteIsNoticed()
    {
        for (int position = 0; position < Good.Length; position++)
        {
            var bytes = (byte[])Good.Clone();
            bytes[position] ^= 0xFF;
            Refusal(bytes);
        }
    }

    [TestMethod]
    public void LongerContentIsRefused() =>
        Assert.Contains("where the manifest states", Refusal(Change(".bin", bytes => [.. bytes, 1])));

    [TestMethod]
    public void WeightsMayNotBeCompressed() =>
        Assert.Contains("compressed", Refusal(Repack(entries => entries.Select(entry => entry with { Deflate = true }))));

    [TestMethod]
    public void BytesHiddenBehindCompressedDataAreRefused()
    {
        var entries = EntriesOf(Good);
        var manifest = entries[0];
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(manifest.Bytes);
        Assert.IsLessThan(manifest.Bytes.Length, (int)packed.Length + 1);
        byte[] hidden = [.. packed.ToArray(), 42];

        // The entry is written as it is and its headers are then made to say that it is deflated.
        var zip = Zip(entries.Select((entry, i) => i == 0 ? new Forged(entry.Name, hidden, false) : entry));
        int central = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        uint crc = Crc32.Append(0, manifest.Bytes);
        foreach (int common in new[] { 4, central + 6 })
        {
            BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(common + 4), 8);
            BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(common + 10), crc);
            BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(common + 18), manifest.Bytes.Length);
        }
        Assert.Contains("after the end of its compressed data", Refusal(zip));
    }

    [TestMethod]
    public void AnEntryThatIsNotListedIsRefused() =>
        Assert.Contains("not listed", Refusal(Repack(entries => entries.Append(new("zzz.txt", [1], false)))));

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
    [DataRow("\u007f.txt")]
    [DataRow("model.pkl")]
    [DataRow("model.pt")]
    [DataRow("lib.so")]
    [DataRow("a%2e%2e")]
    [DataRow("a#b")]
    public void NamesThatLeaveTheFolderOrExecuteAreRefused(string name) =>
        Assert.Contains("is refused: entry", Refusal(Repack(entries => entries.Append(new(name, [1], false)))));

    [TestMethod]
    public void NamesThatDifferOnlyInCaseAreRefused() =>
        Assert.Contains("differs from another only in case", Refusal(Repack(entries => entries.Append(new("MANIFEST.json", [1], false)))));

    [TestMethod]
    public void ANameThatOccursTwiceIsRefused() =>
        Assert.Contains("occurs twice", Refusal(Repack(entries => entries.Append(entries[1]))));

    [TestMethod]
    public void NamesBeyondAsciiAreRefused()
    {
        // Two spellings of the same letter, one byte each in the file.
        Assert.Contains("U+00E9", Refusal(Repack(entries => entries.Append(new("e.txt", [1], false))).Replace("e.txt"u8, [0xE9, .. ".txt"u8])));
    }

    [TestMethod]
    public void LinksFoldersAndDevicesAreRefused()
    {
        Assert.Contains("is a link", Refusal(RepackElsewhere(entry => entry.ExternalAttributes = 0xA1FF << 16)));
        Assert.Contains("is a link", Refusal(PatchCentral(41, 0x40)));
    }

    [TestMethod]
    [DataRow(12, (byte)1, DisplayName = "time")]
    [DataRow(14, (byte)1, DisplayName = "date")]
    [DataRow(4, (byte)1, DisplayName = "version made by")]
    [DataRow(5, (byte)3, DisplayName = "system made by")]
    [DataRow(9, (byte)8, DisplayName = "UTF-8 flag")]
    [DataRow(36, (byte)1, DisplayName = "internal attributes")]
    [DataRow(38, (byte)1, DisplayName = "external attributes")]
    public void HeadersThatThisLibraryDoesNotWriteAreRefused(int field, byte mask) =>
        Assert.Contains("packed anew by another tool", Refusal(PatchCentral(field, mask)));

    [TestMethod]
    public void TooManyEntriesOrBytesAreRefused()
    {
        Assert.Contains("MaximumEntries", Refusal(Good, new ArtifactTrustOptions { MaximumEntries = 2 }));
        Assert.Contains("MaximumTotalBytes", Refusal(Good, new ArtifactTrustOptions { MaximumTotalBytes = 1000 }));
    }

    [TestMethod]
    public void WhatWouldGrowTooMuchIsNotCompressed()
    {
        using var content = new ArtifactBuilder();
        content.Add("notes.txt", "notes", new byte[5_000_000]);
        using var reader = Open(Bytes(content: content));
        reader.Verify();
    }

    [TestMethod]
    public void AnEntryThatGrowsTooMuchIsRefused() =>
        Assert.Contains("grows from", Refusal(Good, new ArtifactTrustOptions { MaximumCompressionRatio = 1.01 }));

    [TestMethod]
    public void AnEntryThatIsLongerThanStatedIsNotReadOn()
    {
        byte[] stated = Encoding.ASCII.GetBytes(new string('x', 10_000)), held = Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, 20_000)));
        var listing = EntriesOf(Bytes(content: With("zzz.txt", stated)))[0];
        var bomb = Zip([listing, .. EntriesOf(Good).Skip(1), new Forged("zzz.txt", held, true)]);
        int central = bomb.AsSpan().LastIndexOf("PK\u0001\u0002"u8), local = bomb.AsSpan().LastIndexOf("PK\u0003\u0004"u8);
        foreach (int at in new[] { central + 24, local + 22 })
            BinaryPrimitives.WriteInt32LittleEndian(bomb.AsSpan(at), stated.Length);
        Assert.Contains("is longer than", Refusal(bomb));
    }

    [TestMethod]
    public void EncryptedEntriesAreRefused()
    {
        Assert.Contains("is encrypted", Refusal(PatchCentral(8, 1)));
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
        Assert.Contains("has the format '2.0'", Refusal(RepackManifest(json => json.Replace("\"schemaVersion\": \"1.0\"", "\"schemaVersion\": \"2.0\"", StringComparison.Ordinal))));
        Assert.Contains("manifest cannot be read", Refusal(RepackManifest(json => json.Replace("\"name\":", "\"unknown\": 1, \"name\":", StringComparison.Ordinal))));
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
        var changes = Gen.Choose(0, Good.Length - 1).Zip(Gen.Choose(1, 255)).NonEmptyListOf().Select(list => list.Take(4).DistinctBy(change => change.Item1).ToArray()).ToArbitrary();
        Prop.ForAll(changes, list =>
        {
            var bytes = (byte[])Good.Clone();
            foreach (var (position, mask) in list)
                bytes[position] ^= (byte)mask;
            try
            {
                using var reader = Open(bytes);
                reader.Verify();
                // Only the bits that fill up the last byte of compressed data mean nothing.
                return EntriesOf(bytes).Zip(EntriesOf(Good)).All(pair => pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes));
            }
            catch (ArtifactException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [TestMethod]
    [DataRow("{\"schemaVersion\": \"\\ud800\"}")]
    [DataRow("{\"schemaVersion\": \"1.0\", \"name\": \"\\udc00\"}")]
    [DataRow("{\"\\ud800\": 1}")]
    public void HalfASurrogatePairIsRefused(string manifest) =>
        Assert.Contains("manifest", Assert.ThrowsExactly<ArtifactException>(() => ManifestParser.Parse(Encoding.UTF8.GetBytes(manifest), "sample.zip")).Message);

    /// <summary>Changes behind the check sums, so that the parser of the manifest sees them.</summary>
    [TestMethod]
    public void RandomManifestsNeverCrash()
    {
        byte[] manifest = EntriesOf(Good)[0].Bytes;
        var pieces = Gen.Elements("{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "\"\"", "\"\\ud800\"", "\0", "\u00ff", "true", "\"sha256\"", "9999999999999999999");
        var changes = Gen.Choose(0, manifest.Length - 1).Zip(Gen.Choose(0, 30)).Zip(pieces).ToArbitrary();
        Prop.ForAll(changes, change =>
        {
            var ((position, cut), piece) = change;
            byte[] bytes = [.. manifest[..position], .. Encoding.UTF8.GetBytes(piece), .. manifest[Math.Min(position + cut, manifest.Length)..]];
            try
            {
                ManifestParser.Parse(bytes, "sample.zip");
            }
            catch (ArtifactException)
            {
                return;
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
