using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

[TestClass]
public sealed class SvmLightTests
{
    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    [TestMethod]
    public void RowsWithWeightGroupAndCommentAreRead()
    {
        string path = _files.Write("# file\n\n1 qid:3 cost:0.5 1:2 4:3.5 # a # b\n-1\t2:1\tsid:7 oops 6:x\nx 4:1 1:2 3:3 2:9\n");
        var data = _files.Context.Data.LoadFromSvmLightFile(path);
        Assert.AreEqual($"Label: Single; Weight: Single; GroupId: Key<UInt64, 0-{ulong.MaxValue - 2}>; Comment: String; Features: Vector<Single, 4>", string.Join("; ", data.Schema));
        CollectionAssert.AreEqual(new[] { "1|0.5|4| a # b|[s4 0:2 3:3.5]", "-1|1|0||[s4 1:1]", "NaN|NaN|0||[2 9 3 1]" }, Rows(data));
        CollectionAssert.AreEqual(new[] { "1|0.5|4| a # b|[s2 0:2]", "-1|1|0||[s2 1:1]", "NaN|NaN|0||[2 9]" }, Rows(_files.Context.Data.LoadFromSvmLightFile(path, inputSize: 2)));
    }

    [TestMethod]
    public void FeaturesMayHaveNames()
    {
        string path = _files.Write("1 b:1 a:2\n0 c:3 b:5\n");
        var data = _files.Context.Data.LoadFromSvmLightFileWithFeatureNames(path);
        CollectionAssert.AreEqual(new[] { "1|1|0||[1 2 0]", "0|1|0||[5 0 3]" }, Rows(data));
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["Features"].GetSlotNames(ref names);
        Assert.AreEqual("b a c", string.Join(' ', names.DenseValues()));
        CollectionAssert.AreEqual(new[] { "1|1|0||[1 2]", "0|1|0||[s2 0:5]" }, Rows(_files.Context.Data.LoadFromSvmLightFileWithFeatureNames(path, numberOfRows: 1)));
    }

    [TestMethod]
    public void BadKeysAreErrors()
    {
        Throws("0 index", "1 0:1 1:2\n", zeroBased: false);
        Throws("'-1'", "1 -1:1 1:2\n", zeroBased: false);
        Throws("Duplicate", "1 1:1 2:2 1:3\n", zeroBased: true);
        Throws("No int parsable", "1 x:1\n", zeroBased: true);
        Throws("a dataset must be provided", null, zeroBased: true);

        void Throws(string expected, string? text, bool zeroBased) => Assert.Contains(expected, Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            if (text == null)
                _files.Context.Data.CreateSvmLightLoader();
            else
                Rows(_files.Context.Data.LoadFromSvmLightFile(_files.Write(text), zeroBased: zeroBased));
        }).Message);
    }

    [TestMethod]
    public void WhatIsSavedIsReadAgain()
    {
        string path = _files.Write("1 qid:3 cost:0.5 0:2 3:3.5\n-2.5 cost:1 1:1\n");
        var data = _files.Context.Data.LoadFromSvmLightFile(path, zeroBased: true);
        Assert.AreEqual(File.ReadAllText(path).ReplaceLineEndings(), Save(zeroBased: true, binary: false));
        Assert.AreEqual("1 qid:3 cost:0.5 1:2 4:3.5\n-1 cost:1 2:1\n".ReplaceLineEndings(), Save(zeroBased: false, binary: true));

        string Save(bool zeroBased, bool binary)
        {
            using var stream = new MemoryStream();
            _files.Context.Data.SaveInSvmLightFormat(data, stream, zeroBased, binary, rowGroupColumnName: "GroupId", exampleWeightColumnName: "Weight");
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    [TestMethod]
    public void ASavedLoaderReadsAsTheOneThatWasSaved()
    {
        string path = _files.Write("1 b:1 a:2\n0 c:3 b:5\n");
        var loader = _files.Context.Data.CreateSvmLightLoaderWithFeatureNames(dataSample: new MultiFileSource(path));
        _files.Context.Model.Save(null, loader, _files.Path("model.zip"));
        _files.Context.Model.LoadWithDataLoader(_files.Path("model.zip"), out var loaded);
        Assert.AreEqual(string.Join("; ", loader.GetOutputSchema()), string.Join("; ", loaded.GetOutputSchema()));
        CollectionAssert.AreEqual(Rows(loader.Load(path)), Rows(loaded.Load(path)));
    }
}
