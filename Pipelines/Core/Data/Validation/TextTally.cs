using System.Globalization;

namespace MLPipelines.Data;

/// <summary>Measures the texts of one field and reports texts that come again with another label.</summary>
internal sealed class TextTally(string field, ValidationOptions options)
{
    private readonly QuantileCounter _lengths = new();
    private readonly Hash64Map<Seen> _seen = new();

    private struct Seen
    {
        public long Line;
        public uint First;
        public uint Second;
    }

    /// <summary>Measures a text.</summary>
    public void Add(string text) => _lengths.Add(text.Length);

    /// <summary>Measures a text and compares its labels with those it had before.</summary>
    public void Add<T>(RecordSource<T> source, string text, (string Field, ulong Hash) first, (string Field, ulong Hash) second = default)
    {
        Add(text);
        if (!options.CheckDuplicates)
            return;
        ref Seen seen = ref _seen.GetOrAdd(StableHash.Of(text), out var outcome);
        switch (outcome)
        {
            case Hash64Map<Seen>.Outcome.Added:
                seen.Line = source.Line;
                (seen.First, seen.Second) = ((uint)first.Hash, (uint)second.Hash);
                break;
            case Hash64Map<Seen>.Outcome.Found:
                Compare(source, seen.Line, ref seen.First, first);
                Compare(source, seen.Line, ref seen.Second, second);
                break;
        }
    }

    /// <summary>A label as <see cref="Add{T}"/> takes it; 0 for none.</summary>
    public static ulong Hash(string? label) => string.IsNullOrEmpty(label) ? 0 : StableHash.Of(label) | 1;

    public void AddNotes(List<string> notes)
    {
        if (_seen.IsFull)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"conflicting labels were looked for among the first {_seen.Count} different texts of '{field}' only"));
    }

    public FieldSummary Statistics() => new(field, _lengths.Summarize());

    private static void Compare<T>(RecordSource<T> source, long line, ref uint known, (string Field, ulong Hash) label)
    {
        uint hash = (uint)label.Hash;
        if (hash == 0)
            return;
        if (known == 0)
            known = hash;
        else if (known != hash)
            source.Report(DataSeverity.Warning, label.Field, string.Create(CultureInfo.InvariantCulture, $"the same text has another label at line {line}"));
    }
}
