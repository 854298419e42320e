using System.Globalization;
using System.Runtime.InteropServices;

namespace MLPipelines.Data;

/// <summary>Counts the labels of one field and reports those that should not be there.</summary>
internal sealed class LabelTally(string field, ValidationOptions options)
{
    private const int MostLabels = 65_536;

    private readonly HashSet<string>? _known = options.KnownLabels.TryGetValue(field, out var known) ? new(known, StringComparer.Ordinal) : null;
    private readonly Dictionary<string, Entry> _labels = new(StringComparer.Ordinal);
    private long _missing;
    private long _given;
    private bool _overflown;

    private struct Entry
    {
        public long Count;
        public TextPosition First;
    }

    /// <summary>Counts one label of the current row.</summary>
    public void Add<T>(RecordSource<T> source, string? label)
    {
        if (string.IsNullOrEmpty(label))
        {
            _missing++;
            return;
        }
        _given++;
        if (_known is not null && !_known.Contains(label))
        {
            source.Report(DataSeverity.Error, field,
                $"the label is not one of the {_known.Count.ToString(CultureInfo.InvariantCulture)} known ones.{NearMiss.Hint(label, _known)}", label);
        }
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(_labels, label);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry))
            entry.Count++;
        else if (_labels.Count < MostLabels)
            _labels.Add(label, new Entry { Count = 1, First = source.Locate(field) });
        else
            _overflown = true;
    }

    /// <summary>Reports what only the whole file shows.</summary>
    public void Complete(ProblemSink sink, DataSeverity oneClassSeverity)
    {
        if (_given == 0 && _missing > 0)
            sink.Report(DataSeverity.Error, new TextPosition(1, 1, 0), field, string.Create(CultureInfo.InvariantCulture, $"all {_missing} labels are missing"));
        else if (_labels.Count == 1 && _labels.First() is var (label, only))
            sink.Report(oneClassSeverity, only.First, field, string.Create(CultureInfo.InvariantCulture, $"all {_given} rows with a label have the same one; a classifier needs two or more"), label);

        foreach (var alike in _labels.GroupBy(l => l.Key.Trim().ToUpperInvariant()).Where(g => g.Count() > 1))
        {
            var ordered = alike.OrderByDescending(l => l.Value.Count).ThenBy(l => l.Key, StringComparer.Ordinal).ToArray();
            foreach (var (label2, entry) in ordered.Skip(1))
                sink.Report(DataSeverity.Warning, entry.First, field, $"the label differs from '{ordered[0].Key}' only in case or outer blanks and counts as another class", label2);
        }
    }

    /// <summary>Says where the counting stopped short.</summary>
    public void AddNotes(List<string> notes)
    {
        if (_overflown)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"'{field}' has more than {MostLabels} different labels; the others are not counted. Is it a label column?"));
    }

    public LabelStatistics Statistics()
    {
        double total = _labels.Values.Sum(e => (double)e.Count);
        double entropy = -_labels.Values.Sum(e => e.Count / total * Math.Log(e.Count / total));
        return new LabelStatistics
        {
            Field = field,
            Missing = _missing,
            IsComplete = !_overflown,
            Classes = [.. _labels.Select(l => new LabelCount(l.Key, l.Value.Count)).OrderByDescending(c => c.Count).ThenBy(c => c.Label, StringComparer.Ordinal)],
            Balance = _labels.Count < 2 ? 0 : entropy / Math.Log(_labels.Count),
            MajorityShare = _labels.Count == 0 ? 0 : _labels.Values.Max(e => e.Count) / total,
        };
    }
}
