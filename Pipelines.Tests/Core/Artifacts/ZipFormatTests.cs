using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>The zip that is written: other tools read it, and it reads itself.</summary>
[TestClass]
public sealed class ZipFormatTests
{
    private static byte[] Write(IEnumerable<(string Name, byte[] Bytes)> entries, bool deflate, uint zip64From = uint.MaxValue)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream, zip64From);
        foreach (var (name, bytes) in entries)
        {
            using var content = EntryContent.Of(bytes);
            zip.Add(name, content, deflate);
        }
        zip.Finish();
        return stream.ToArray();
    }

    private static byte[] Noise(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * i) >> 3))];

    [TestMethod]
    public void TheCheckSumIsThatOfTheStandard()
    {
        Assert.AreEqual(0xCBF43926u, Crc32.Append(0, "123456789"u8));
        Assert.AreEqual(0u, Crc32.Append(0, []));
        Assert.AreEqual(0xCBF43926u, Crc32.Append(Crc32.Append(0, "1234"u8), "56789"u8));
    }

    [TestMethod]
    [DataRow(false, uint.MaxValue)]
    [DataRow(true, uint.MaxValue)]
    [DataRow(false, 1000u, DisplayName = "Zip64 where a length or offset is 1000 or more")]
    [DataRow(true, 0u, DisplayName = "Zip64 everywhere")]
    public void WhatIsWrittenIsReadByThisLibraryAndByOthers(bool deflate, uint zip64From)
    {
        (string Name, byte[] Bytes)[] entries = [("a.txt", Encoding.ASCII.GetBytes(new string('x', 30) + "yz")), ("b/c.bin", Noise(5000)), ("d", []), ("e.json", Noise(700))];
        var zip = Write(entries, deflate, zip64From);

        using var stream = new MemoryStream(zip);
        var items = ZipDirectory.Read(stream, "a.zip", new ArtifactTrustOptions());
        CollectionAssert.AreEqual(entries.Select(entry => entry.Name).ToArray(), items.Select(item => item.Name).ToArray());
        using var archive = new ZipArchive(stream);
        foreach (var (entry, item) in entries.Zip(items))
        {
            Assert.AreEqual(entry.Bytes.Length, item.Length);
            using var other = archive.GetEntry(entry.Name)!.Open();
            using var copy = new MemoryStream();
            other.CopyTo(copy);
            CollectionAssert.AreEqual(entry.Bytes, copy.ToArray());
        }
    }

    [TestMethod]
    public void DamagedDirectoriesNeverCrash()
    {
        var zips = new[] { uint.MaxValue, 1000u, 0u }.Select(from => Write([("a.txt", Noise(900)), ("b", Noise(1200)), ("c", [1])], deflate: true, from)).ToArray();
        var changes = Gen.Elements(zips).Zip(Gen.Choose(1, 200)).Zip(Gen.Choose(0, 255)).ToArbitrary();
        Prop.ForAll(changes, change =>
        {
            var ((zip, fromEnd), value) = change;
            var bytes = (byte[])zip.Clone();
            bytes[^Math.Min(fromEnd, bytes.Length)] = (byte)value;
            try
            {
                ZipDirectory.Read(new MemoryStream(bytes), "a.zip", new ArtifactTrustOptions());
                return true;
            }
            catch (ArtifactException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [TestMethod]
    public void LargeContentWaitsInAFileThatIsGoneAfterwards()
    {
        var before = Directory.GetFiles(Path.GetTempPath(), "mlpipelines-*").Length;
        using (var spool = new SpoolStream(memoryLimit: 1000))
        {
            for (int i = 0; i < 50; i++)
                spool.Write(Noise(100));
            Assert.AreEqual(5000, spool.Length);
            spool.Position = 4950;
            var tail = new byte[50];
            spool.ReadExactly(tail);
            CollectionAssert.AreEqual(Noise(100)[50..], tail);
        }
        Assert.IsLessThanOrEqualTo(before, Directory.GetFiles(Path.GetTempPath(), "mlpipelines-*").Length);
    }

    [TestMethod]
    public void ZipsOfTheSameEntriesArePackedToTheSameBytes()
    {
        static byte[] Pack(int year, IEnumerable<string> names)
        {
            using var source = new MemoryStream();
            using (var archive = new ZipArchive(source, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var name in names)
                {
                    var entry = archive.CreateEntry(name);
                    entry.LastWriteTime = new DateTimeOffset(year, 5, 6, 7, 8, 10, TimeSpan.Zero);
                    using var stream = entry.Open();
                    stream.Write(Encoding.ASCII.GetBytes(name[^1..]));
                }
            }
            using var target = new MemoryStream();
            PlainZip.Repack(source, target);
            return target.ToArray();
        }

        var packed = Pack(2020, ["b/Model.key", "a"]);
        CollectionAssert.AreEqual(packed, Pack(2026, ["a", "b\\Model.key"]));
        Assert.ThrowsExactly<ArtifactException>(() => Pack(2020, ["../a"]));
    }
}
