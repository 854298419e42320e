namespace MLPipelines.Generation;

/// <summary>The copies that put rows into a new order in place: none for rows that stay, one for each that moves, and one more for each cycle.</summary>
internal sealed class RowMoves
{
    /// <summary>The number of a place beside the rows, where a row is kept while others move.</summary>
    public const int Aside = -1;

    private readonly List<(int From, int To)> _moves = [];

    private RowMoves()
    {
    }

    /// <summary>The copies in the order in which they must be made.</summary>
    public IReadOnlyList<(int From, int To)> Moves => _moves;

    /// <param name="sources">For each row, which row's content it is to have.</param>
    public static RowMoves Of(ReadOnlySpan<int> sources)
    {
        var moves = new RowMoves();
        int places = sources.Length;
        foreach (int source in sources)
            places = Math.Max(places, source + 1);
        var readers = new int[places];
        var pending = new bool[places];
        for (int row = 0; row < sources.Length; row++)
        {
            if (sources[row] == row)
                continue;
            pending[row] = true;
            readers[sources[row]]++;
        }
        // A row can be overwritten once nobody needs what it holds.
        var free = new Stack<int>();
        for (int row = sources.Length - 1; row >= 0; row--)
        {
            if (pending[row] && readers[row] == 0)
                free.Push(row);
        }
        while (free.TryPop(out int row))
        {
            int source = sources[row];
            moves._moves.Add((source, row));
            pending[row] = false;
            if (--readers[source] == 0 && source < sources.Length && pending[source])
                free.Push(source);
        }
        // What is left are cycles, each row of which is needed once.
        for (int start = 0; start < sources.Length; start++)
        {
            if (!pending[start])
                continue;
            moves._moves.Add((start, Aside));
            int row = start;
            for (; sources[row] != start; row = sources[row])
            {
                moves._moves.Add((sources[row], row));
                pending[row] = false;
            }
            moves._moves.Add((Aside, row));
            pending[row] = false;
        }
        return moves;
    }

    /// <summary>Makes the copies.</summary>
    /// <param name="rows">Where row 0 starts.</param>
    /// <param name="rowBytes">(bytes) The length of a row.</param>
    /// <param name="aside">Room for a row; taken where it is needed.</param>
    public unsafe void Apply(byte* rows, long rowBytes, NativeBuffer aside)
    {
        foreach (var (from, to) in _moves)
        {
            if (from == Aside || to == Aside)
                aside.Ensure(rowBytes);
            byte* source = from == Aside ? aside.Pointer : rows + from * rowBytes;
            byte* target = to == Aside ? aside.Pointer : rows + to * rowBytes;
            Buffer.MemoryCopy(source, target, rowBytes, rowBytes);
        }
    }
}
