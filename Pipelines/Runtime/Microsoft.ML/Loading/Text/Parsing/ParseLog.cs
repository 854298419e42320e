using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What could not be read in one block.</summary>
internal sealed class ParseLog
{
    public const int MaxShown = 10;

    public List<string> BadValues { get; } = [];

    public List<string> FormatErrors { get; } = [];

    public long BadValueCount { get; private set; }

    public long FormatErrorCount { get; private set; }

    /// <summary>The number of the line on which the current row begins.</summary>
    public long Line { get; set; }

    public void AddBadValue(string column, int slot)
    {
        if (BadValueCount++ < MaxShown)
            BadValues.Add(slot < 0 ? $"  Bad value at line {Line} in column {column}" : $"  Bad value at line {Line} in column {column} at slot {slot}");
    }

    /// <summary>Positions are bytes within <paramref name="row"/>.</summary>
    public void AddFormatError(string path, ReadOnlySpan<byte> row, int start, int end, string message)
    {
        if (FormatErrorCount++ >= MaxShown)
            return;
        int first = Encoding.UTF8.GetCharCount(row[..start]) + 1;
        int last = first + Encoding.UTF8.GetCharCount(row[start..end]);
        FormatErrors.Add($"Format error at {path}({Line},{first})-({Line},{last}): {message}");
    }

    public void Clear()
    {
        if (BadValueCount + FormatErrorCount == 0)
            return;
        BadValues.Clear();
        FormatErrors.Clear();
        BadValueCount = FormatErrorCount = 0;
    }
}

/// <summary>Reports what could not be read: the first messages as they come, the totals at the end. For one cursor or the cursors of a set.</summary>
internal sealed class ParseReport(IHost host, int cursors)
{
    private readonly Lock _gate = new();
    private long _rows;
    private long _badValues;
    private long _formatErrors;

    public void Add(ParseLog log, int rows)
    {
        lock (_gate)
        {
            _rows += rows;
            if (log.BadValueCount + log.FormatErrorCount == 0)
                return;
            using var channel = host.Start("ParseStats");
            foreach (string message in log.FormatErrors)
            {
                if (++_formatErrors <= ParseLog.MaxShown)
                    channel.Warning(MessageSensitivity.UserData, message);
                if (_formatErrors == ParseLog.MaxShown)
                    channel.Warning(MessageSensitivity.None, "Suppressing further format error messages");
            }
            foreach (string message in log.BadValues)
            {
                if (++_badValues <= ParseLog.MaxShown)
                    channel.Info(MessageSensitivity.Schema, message);
                if (_badValues == ParseLog.MaxShown)
                    channel.Info(MessageSensitivity.None, "  Suppressing further bad value messages");
            }
            _badValues += log.BadValueCount - log.BadValues.Count;
            _formatErrors += log.FormatErrorCount - log.FormatErrors.Count;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            if (--cursors > 0 || _badValues + _formatErrors == 0)
                return;
            using var channel = host.Start("ParseStats");
            channel.Info(MessageSensitivity.None, $"Processed {_rows} rows with {_badValues} bad values and {_formatErrors} format errors");
        }
    }
}
