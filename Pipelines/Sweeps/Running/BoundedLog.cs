using System.Text;

namespace MLPipelines.Sweeps;

/// <summary>The end of what is written. Thread-safe.</summary>
/// <param name="limit">How many characters are kept.</param>
internal sealed class BoundedLog(int limit = 64 * 1024)
{
    private static readonly string[] LastWords = ["Unhandled exception", "Process terminated", "Fatal error", "Out of memory"];

    private readonly Queue<string> _lines = new();
    private int _size;
    private long _dropped;

    /// <summary>Receives the lines instead.</summary>
    public Action<string>? Sink { get; init; }

    public void Add(string line)
    {
        if (Sink is { } sink)
        {
            sink(line);
            return;
        }
        if (line.Length > limit / 4)
            line = string.Concat(line.AsSpan(0, limit / 4), " …");
        lock (_lines)
        {
            _lines.Enqueue(line);
            _size += line.Length + 1;
            while (_size > limit && _lines.TryDequeue(out string? first))
            {
                _size -= first.Length + 1;
                _dropped++;
            }
        }
    }

    /// <summary>The last lines; where the runtime said why it gave up, the lines from there.</summary>
    public string Tail(int lines)
    {
        lock (_lines)
        {
            string[] all = [.. _lines];
            int reason = Array.FindLastIndex(all, line => Array.Exists(LastWords, words => line.StartsWith(words, StringComparison.Ordinal)));
            int start = reason >= 0 ? reason : Math.Max(0, all.Length - lines);
            return string.Join(Environment.NewLine, all, start, Math.Min(lines, all.Length - start));
        }
    }

    public override string ToString()
    {
        lock (_lines)
        {
            var text = new StringBuilder();
            if (_dropped > 0)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"({_dropped} lines before these were dropped)").AppendLine();
            foreach (string line in _lines)
                text.AppendLine(line);
            return text.ToString();
        }
    }
}
