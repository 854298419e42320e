using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Gives a cursor one block of rows after the other.</summary>
internal abstract class BlockFeed : IDisposable
{
    /// <summary>The next block, or null after the last. <paramref name="previous"/>, the block given before, is used again.</summary>
    public abstract TextBlock Take(TextBlock previous);

    /// <summary>The number of rows in all blocks before <paramref name="block"/>.</summary>
    public abstract long RowsBefore(TextBlock block);

    public abstract void Dispose();

    protected static void Parse(TextBlock block)
    {
        try
        {
            block.Parse();
        }
        catch (Exception e)
        {
            block.Error = e;
        }
    }

    protected static void ThrowIfFailed(TextBlock block)
    {
        if (block.Error is { } error)
            throw Contracts.ExceptDecode(error, $"Parsing failed with an exception: {error.Message}");
    }
}

/// <summary>
/// Blocks in order. While the reader works on one, the following ones are read and parsed on the thread pool; where none is
/// ready the reader parses one itself, so that it never depends on a free thread of the pool.
/// </summary>
internal sealed class OrderedFeed : BlockFeed, IThreadPoolWorkItem
{
    private readonly object _gate = new();
    private readonly Lock _readGate = new();
    private readonly Utf8BlockReader _reader;
    private readonly Stack<TextBlock> _free = [];
    private readonly Dictionary<long, TextBlock> _ready = [];
    private readonly int _maxHelpers;
    private readonly int _blockLimit;
    private readonly Func<TextBlock> _makeBlock;
    private int _blockCount;
    private int _helpers;
    private long _nextToRead;
    private long _nextToTake;
    private long _rowsBefore;
    private long _rowsTaken;
    private bool _ended;
    private Exception _readError;

    /// <param name="reader">Where blocks are read from; disposed with the feed.</param>
    /// <param name="makeBlock">Makes storage for a block.</param>
    /// <param name="helpers">The number of threads beside that of the reader.</param>
    public OrderedFeed(Utf8BlockReader reader, Func<TextBlock> makeBlock, int helpers)
    {
        _reader = reader;
        _makeBlock = makeBlock;
        _maxHelpers = helpers;
        _blockLimit = helpers == 0 ? 1 : 2 * helpers + 2;
    }

    public override TextBlock Take(TextBlock previous)
    {
        TextBlock block;
        lock (_gate)
        {
            if (previous != null)
                _free.Push(previous);
            StartHelper();
        }
        while (true)
        {
            lock (_gate)
            {
                if (TryTakeReady(out block))
                    break;
            }
            if (TryProduce())
                continue;
            lock (_gate)
            {
                while (!TryTakeReady(out block))
                    Monitor.Wait(_gate);
                break;
            }
        }
        if (block == null)
            return null;
        _rowsBefore = _rowsTaken;
        _rowsTaken += block.RowCount;
        ThrowIfFailed(block);
        return block;
    }

    public override long RowsBefore(TextBlock block) => _rowsBefore;

    /// <summary>True with the next block, or at the end with null.</summary>
    private bool TryTakeReady(out TextBlock block)
    {
        if (_ready.Remove(_nextToTake, out block))
        {
            _nextToTake++;
            return true;
        }
        if (!_ended || _nextToTake < _nextToRead)
            return false;
        if (_readError != null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_readError);
        return true;
    }

    // The first block is always read by the reader: small files need no other thread.
    private void StartHelper()
    {
        if (_helpers >= _maxHelpers || _ended || _nextToRead == 0)
            return;
        _helpers++;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            while (TryProduce())
            {
            }
        }
        catch (Exception e)
        {
            // Nothing may leave a thread of the pool: the reader meets it instead.
            lock (_gate)
            {
                _readError ??= e;
                _ended = true;
            }
        }
        lock (_gate)
        {
            _helpers--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Reads and parses a block; false where there is none or no storage is free.</summary>
    private bool TryProduce()
    {
        TextBlock block;
        lock (_gate)
        {
            if (_ended)
                return false;
            if (!_free.TryPop(out block))
            {
                if (_blockCount == _blockLimit)
                    return false;
                _blockCount++;
            }
        }
        block ??= _makeBlock();
        if (!TryRead(block))
            return false;
        Parse(block);
        lock (_gate)
        {
            _ready.Add(block.Sequence, block);
            Monitor.PulseAll(_gate);
        }
        return true;
    }

    private bool TryRead(TextBlock block)
    {
        lock (_readGate)
        {
            bool isRead = false;
            Exception error = null;
            try
            {
                isRead = !_ended && _reader.TryRead(block.Raw);
            }
            catch (Exception e)
            {
                error = e;
            }
            lock (_gate)
            {
                if (isRead)
                    block.Sequence = _nextToRead++;
                else
                    _free.Push(block);
                if (!isRead || _reader.IsExhausted)
                {
                    _readError ??= error;
                    _ended = true;
                    Monitor.PulseAll(_gate);
                }
            }
            return isRead;
        }
    }

    public override void Dispose()
    {
        lock (_readGate)
        {
            lock (_gate)
            {
                _ended = true;
                foreach (var block in _free.Concat(_ready.Values))
                    block.Raw.Release();
                _ready.Clear();
                _free.Clear();
            }
            _reader.Dispose();
        }
    }
}

/// <summary>What the cursors of a set share: the reader, and the row counts of blocks in the order of the file.</summary>
internal sealed class SharedBlocks(Utf8BlockReader reader, int users) : IDisposable
{
    private readonly Lock _readGate = new();
    private readonly object _countGate = new();
    private readonly Dictionary<long, long> _counted = [];
    private readonly Dictionary<long, long> _rowsBefore = [];
    private long _nextToRead;
    private long _nextToCount;
    private long _rows;
    private int _users = users;

    public bool TryRead(TextBlock block)
    {
        lock (_readGate)
        {
            if (!reader.TryRead(block.Raw))
                return false;
            block.Sequence = _nextToRead++;
            return true;
        }
    }

    /// <summary>Notes how many rows a block has.</summary>
    public void Count(TextBlock block)
    {
        lock (_countGate)
        {
            _counted[block.Sequence] = block.RowCount;
            for (; _counted.Remove(_nextToCount, out long rows); _nextToCount++)
            {
                _rowsBefore[_nextToCount] = _rows;
                _rows += rows;
            }
            Monitor.PulseAll(_countGate);
        }
    }

    /// <summary>The number of rows before <paramref name="block"/>; waits for blocks that other cursors are just parsing.</summary>
    public long RowsBefore(TextBlock block)
    {
        lock (_countGate)
        {
            long rows;
            while (!_rowsBefore.TryGetValue(block.Sequence, out rows))
                Monitor.Wait(_countGate);
            return rows;
        }
    }

    public void Dispose()
    {
        lock (_readGate)
        {
            if (--_users == 0)
                reader.Dispose();
        }
    }
}

/// <summary>The blocks of one cursor of a set, parsed on the thread of its reader.</summary>
internal sealed class SharedFeed(SharedBlocks shared, TextBlock storage) : BlockFeed
{
    public override TextBlock Take(TextBlock previous)
    {
        if (!shared.TryRead(storage))
            return null;
        Parse(storage);
        shared.Count(storage);
        ThrowIfFailed(storage);
        return storage;
    }

    public override long RowsBefore(TextBlock block) => shared.RowsBefore(block);

    public override void Dispose()
    {
        storage.Raw.Release();
        shared.Dispose();
    }
}
