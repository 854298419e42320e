using System.Text;

namespace MLPipelines.Sweeps;

/// <summary>Reads lines of a process that is not trusted: of a line without an end only the beginning is kept.</summary>
internal sealed class LineReader(StreamReader reader, int longest)
{
    private readonly char[] _buffer = new char[4096];
    private readonly StringBuilder _line = new();
    private int _at;
    private int _end;

    /// <summary>The next line; null at the end.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            for (int i = _at; i < _end; i++)
            {
                if (_buffer[i] != '\n')
                    continue;
                Keep(_buffer.AsSpan(_at, i - _at));
                _at = i + 1;
                return Take();
            }
            Keep(_buffer.AsSpan(_at, _end - _at));
            _at = 0;
            _end = await reader.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (_end == 0)
                return _line.Length > 0 ? Take() : null;
        }
    }

    private void Keep(ReadOnlySpan<char> part) => _line.Append(part[..Math.Min(part.Length, longest - _line.Length)]);

    private string Take()
    {
        string line = _line.ToString().TrimEnd('\r');
        _line.Clear();
        return line;
    }
}
