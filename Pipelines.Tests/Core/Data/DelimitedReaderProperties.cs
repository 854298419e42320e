using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Data;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class DelimitedReaderProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    private sealed record Table(string[][] Rows, char Separator, string NewLine, bool QuoteAll, bool EndLine, int[] Chunks)
    {
        public byte[] Write()
        {
            var text = new StringBuilder();
            for (int i = 0; i < Rows.Length; i++)
            {
                text.AppendJoin(Separator, Rows[i].Select(Field));
                if (EndLine || i < Rows.Length - 1)
                    text.Append(NewLine);
            }
            return Encoding.UTF8.GetBytes(text.ToString());
        }

        private string Field(string value) =>
            QuoteAll || value.Length == 0 || value.AsSpan().IndexOfAny([Separator, '"', '\n', '\r']) >= 0
                ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
                : value;

        public override string ToString() =>
            $"'{Separator}' {string.Join(',', Chunks)}: {string.Join('\n', Rows.Select(r => string.Join('¦', r)))}";
    }

    private static Gen<string> FieldText { get; } =
        from parts in Gen.Elements("a", "xyz", "\"", "\"\"", ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "é", "😀", "\uFEFF", "a text that is longer than one vector of bytes, by far").ListOf()
        select string.Concat(parts.Take(8));

    private static Gen<Table> Tables { get; } =
        from width in Gen.Choose(1, 6)
        from height in Gen.Choose(1, 8)
        from rows in FieldText.ArrayOf(width).ArrayOf(height)
        from separator in Gen.Elements(',', ';', '\t', '|', ':')
        from newLine in Gen.Elements("\n", "\r\n")
        from quoteAll in Gen.Elements(true, false)
        from endLine in Gen.Elements(true, false)
        from chunks in Gen.Choose(1, 70).NonEmptyListOf()
        select new Table(rows, separator, newLine, quoteAll, endLine, [.. chunks]);

    [TestMethod]
    public void WhatIsWrittenIsRead() =>
        Check.One(Quick, Prop.ForAll(Tables.ToArbitrary(), table =>
        {
            // A byte-order mark is not text at the start of a file.
            if (table.Rows[0][0].StartsWith('\uFEFF'))
                return;
            var options = new DelimitedOptions { HasHeader = false, Separator = table.Separator };
            var read = ReadAll(new ChunkedStream(table.Write(), table.Chunks), options);
            Assert.AreSequenceEqual(table.Rows.Select(r => string.Join('\u0001', r)), read);
        }));

    [TestMethod]
    public void PositionsAreThoseOfTheText() =>
        Check.One(Quick, Prop.ForAll(Tables.ToArbitrary(), table =>
        {
            byte[] bytes = table.Write();
            using var reader = new DelimitedReader(new ChunkedStream(bytes, table.Chunks), new DelimitedOptions { HasHeader = false, Separator = table.Separator });
            while (!table.Rows[0][0].StartsWith('\uFEFF') && reader.ReadRecord())
                Assert.AreEqual(1 + bytes.AsSpan(0, (int)reader.ByteOffset).Count((byte)'\n'), reader.Line);
        }));

    [TestMethod]
    public void AnyBytesGiveRowsOrOneClearError() =>
        Check.One(Quick.WithMaxTest(2000), Prop.ForAll(FuzzBytes.ToArbitrary(), FuzzChunks.ToArbitrary(), (bytes, chunks) =>
        {
            var options = new DelimitedOptions { MaxRecordBytes = 1024 };
            string Outcome(Func<List<string>> read)
            {
                try
                {
                    return string.Join('\u0002', read());
                }
                catch (DataFormatException e)
                {
                    Assert.IsTrue(e.Line >= 1 && e.Column >= 1 && e.ByteOffset >= 0 && e.ByteOffset <= bytes.Length, e.Message);
                    return e.Message;
                }
            }

            string whole = Outcome(() => ReadAll(new MemoryStream(bytes), options));
            Assert.AreEqual(whole, Outcome(() => ReadAll(new ChunkedStream(bytes, chunks), options)));
            Assert.AreEqual(whole, Outcome(() => ReadAllAsync(new ChunkedStream(bytes, chunks), options).GetAwaiter().GetResult()));
        }));

    [TestMethod]
    public void SkippingBadRowsEndsForAnyBytes() =>
        Check.One(Quick.WithMaxTest(2000), Prop.ForAll(FuzzBytes.ToArbitrary(), FuzzChunks.ToArbitrary(), (bytes, chunks) =>
        {
            string Outcome(Stream stream)
            {
                var problems = new List<string>();
                var options = new DelimitedOptions { MaxRecordBytes = 1024, HasHeader = false, OnBadRow = p => problems.Add(p.ToString()) };
                try
                {
                    var rows = ReadAll(stream, options);
                    return string.Join('\u0002', rows.Concat(problems));
                }
                catch (DataFormatException e)
                {
                    return e.Message;
                }
            }

            Assert.AreEqual(Outcome(new MemoryStream(bytes)), Outcome(new ChunkedStream(bytes, chunks)));
        }));

    internal static Gen<byte[]> FuzzBytes { get; } =
        from parts in Gen.OneOf(
            Gen.Elements(",", "\"", "\n", "\r\n", "\r", "a", "b,c", "\"x\"", "\0", "é", ";", new string('y', 300), new string('"', 33)).Select(Encoding.UTF8.GetBytes),
            Gen.Choose(0, 255).Select(b => new[] { (byte)b })).ListOf()
        select parts.SelectMany(p => p).ToArray();

    internal static Gen<int[]> FuzzChunks { get; } = Gen.Choose(1, 100).NonEmptyListOf().Select(c => c.ToArray());

    private static List<string> ReadAll(Stream stream, DelimitedOptions options)
    {
        using var reader = new DelimitedReader(stream, options);
        var rows = new List<string>();
        while (reader.ReadRecord())
            rows.Add(string.Join('\u0001', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        return rows;
    }

    private static async Task<List<string>> ReadAllAsync(Stream stream, DelimitedOptions options)
    {
        using var reader = new DelimitedReader(stream, options);
        var rows = new List<string>();
        while (await reader.ReadRecordAsync())
            rows.Add(string.Join('\u0001', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        return rows;
    }
}
