using System.Buffers;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Bytes of one file: whole rows, each with its line break.</summary>
internal sealed class RawBlock
{
    /// <summary>The bytes that may be read, with any content, beyond <see cref="End"/>.</summary>
    public const int Padding = 128;

    public byte[] Buffer { get; set; } = [];

    public int Start { get; set; }

    public int End { get; set; }

    public string Path { get; set; }

    /// <summary>The number of the first line within its file, from 1.</summary>
    public long FirstLine { get; set; }

    public void Release()
    {
        if (Buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(Buffer);
        Buffer = [];
    }
}

/// <summary>
/// Reads the files of a source one after the other as blocks of UTF-8, without comments and blank lines before the first
/// row, and without header.
/// </summary>
internal sealed class Utf8BlockReader(TextFormat format, IMultiStreamSource source) : IDisposable
{
    private const int BlockSize = 256 * 1024;

    private Stream _stream;
    private int _file;
    private string _path;
    private long _line;
    private bool _atStart;
    private byte[] _carry = [];
    private int _carryLength;

    /// <summary>Whether the block read last was the last.</summary>
    public bool IsExhausted => _stream == null && _file >= source.Count;

    /// <summary>Fills <paramref name="block"/> with the next rows; false where there are none.</summary>
    public bool TryRead(RawBlock block)
    {
        try
        {
            while (!IsExhausted)
            {
                if (_stream == null)
                    Open();
                if (Fill(block))
                    return true;
            }
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Contracts.ExceptDecode(e, $"Stream reading encountered exception: {e.Message}");
        }
    }

    private void Open()
    {
        int file = _file++;
        _path = source.GetPathOrNull(file);
        _stream = OpenUtf8(file);
        _line = 1;
        _atStart = true;
        _carryLength = 0;
    }

    private Stream OpenUtf8(int file)
    {
        if (source is not (MultiFileSource or FileHandleSource))
            return new TextReaderStream(source.OpenTextReader(file));
        var stream = source.Open(file);
        if (!stream.CanSeek)
            return new TextReaderStream(new StreamReader(stream));
        Span<byte> mark = stackalloc byte[4];
        mark = mark[..stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false)];
        if (mark.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            stream.Position = 3;
            return stream;
        }
        stream.Position = 0;
        bool isOther = mark.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || mark.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || mark.SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]);
        return isOther ? new TextReaderStream(new StreamReader(stream)) : stream;
    }

    /// <summary>Reads until whole rows are there or the file ends; false where it ends without a row.</summary>
    private bool Fill(RawBlock block)
    {
        if (block.Buffer.Length < _carryLength + BlockSize)
        {
            block.Release();
            block.Buffer = ArrayPool<byte>.Shared.Rent(_carryLength + BlockSize);
        }
        _carry.AsSpan(0, _carryLength).CopyTo(block.Buffer);
        int length = _carryLength;
        int start = 0;
        while (true)
        {
            int capacity = block.Buffer.Length - RawBlock.Padding;
            length += _stream.ReadAtLeast(block.Buffer.AsSpan(length, capacity - length), capacity - length, throwOnEndOfStream: false);
            bool isLast = length < capacity;
            if (isLast && length > start && block.Buffer[length - 1] is not ((byte)'\n' or (byte)'\r'))
                block.Buffer[length++] = (byte)'\n';
            int skipped = start;
            if (_atStart)
                start = SkipToRows(block.Buffer.AsSpan(0, length), start, isLast);
            _line += CountLines(block.Buffer.AsSpan(skipped, start - skipped));
            int end = _atStart ? start : LastRowEnd(block.Buffer.AsSpan(0, length), start, isLast);
            if (end > start || isLast)
            {
                Carry(block.Buffer.AsSpan(end, length - end));
                block.Start = start;
                block.End = end;
                block.Path = _path;
                block.FirstLine = _line;
                _line += CountLines(block.Buffer.AsSpan(start, end - start));
                if (isLast)
                    Close();
                return end > start;
            }
            Grow(block, length);
        }
    }

    private void Grow(RawBlock block, int length)
    {
        if (block.Buffer.Length >= Array.MaxLength)
            throw Contracts.ExceptDecode($"The row at {_path}({_line}) is longer than {Array.MaxLength} bytes{(format.ReadMultilines ? "; is a quote not closed?" : ".")}");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * block.Buffer.Length, Array.MaxLength));
        block.Buffer.AsSpan(0, length).CopyTo(larger);
        block.Release();
        block.Buffer = larger;
    }

    private void Carry(ReadOnlySpan<byte> rest)
    {
        if (_carry.Length < rest.Length)
            _carry = new byte[Math.Max(rest.Length, 2 * _carry.Length)];
        rest.CopyTo(_carry);
        _carryLength = rest.Length;
    }

    /// <summary>The index of the first row after comments, blank lines and the header; <see cref="_atStart"/> remains where more is to be read.</summary>
    private int SkipToRows(ReadOnlySpan<byte> text, int start, bool isLast)
    {
        int from = start;
        while (start < text.Length)
        {
            var rest = text[start..];
            bool isComment = rest[0] is (byte)'#' or (byte)'\n' or (byte)'\r' || rest.StartsWith("//"u8);
            if (!isComment && !format.HasHeader)
            {
                _atStart = rest.Length < 2 && !isLast;
                return start;
            }
            int length = isComment ? LineLength(rest, isLast) : RowLength(text, start, from, isLast);
            if (length < 0)
                return start;
            start += length;
            if (!isComment)
            {
                _atStart = false;
                return start;
            }
        }
        return start;
    }

    private static int LineLength(ReadOnlySpan<byte> text, bool isLast)
    {
        int stop = text.IndexOfAny((byte)'\n', (byte)'\r');
        if (stop < 0)
            return -1;
        if (text[stop] == '\r')
        {
            if (stop + 1 == text.Length)
                return isLast ? text.Length : -1;
            if (text[stop + 1] == '\n')
                stop++;
        }
        return stop + 1;
    }

    private int LastRowEnd(ReadOnlySpan<byte> text, int start, bool isLast)
    {
        if (!format.ReadMultilines)
        {
            if (isLast || start == text.Length)
                return text.Length;
            int stop = text[start..^(text[^1] == '\r' ? 1 : 0)].LastIndexOfAny((byte)'\n', (byte)'\r');
            return stop < 0 ? start : start + stop + 1;
        }
        int end = start;
        while (end < text.Length)
        {
            int length = RowLength(text, end, start, isLast);
            if (length < 0)
                break;
            end += length;
        }
        return end;
    }

    /// <summary>The length of the row at <paramref name="start"/>, or -1; the current line number is that at <paramref name="from"/>.</summary>
    private int RowLength(ReadOnlySpan<byte> text, int start, int from, bool isLast)
    {
        var rest = text[start..];
        int length = RowScanner.RowLength(format, rest, out _, out bool isOpen);
        if (length >= 0 || !isLast)
            return length;
        if (!isOpen)
            return rest.Length;
        long line = _line + CountLines(text[from..start]);
        throw Contracts.ExceptDecode($"Stream reading encountered exception: a quoted field in the row that begins at {_path}({line}) is not closed before the end of the file.");
    }

    private static long CountLines(ReadOnlySpan<byte> text)
    {
        long lines = text.Count((byte)'\n');
        int returns = text.Count((byte)'\r');
        return returns == 0 ? lines : lines + returns - text.Count("\r\n"u8);
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
        _carryLength = 0;
    }

    /// <summary>Ends reading.</summary>
    public void Dispose()
    {
        Close();
        _file = source.Count;
    }
}
