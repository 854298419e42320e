namespace MLPipelines.Recommendation;

/// <summary>An interaction as it was read; user and item are numbered as they came.</summary>
internal readonly record struct Entry(int User, int Item, float Weight, double Time);

/// <summary>Interactions as they come: in pieces, so that growing copies nothing, and without room for weights and times where there are none.</summary>
/// <param name="hasTimes">Whether times are kept.</param>
internal sealed class EntryList(bool hasTimes)
{
    private const int Bits = 16;
    private const int PieceLength = 1 << Bits;

    private readonly List<Piece> _pieces = [];

    private sealed class Piece
    {
        public readonly int[] Users = new int[PieceLength];
        public readonly int[] Items = new int[PieceLength];
        public float[]? Weights;
        public double[]? Times;
    }

    public int Count { get; private set; }

    public Entry this[int index]
    {
        get
        {
            var piece = _pieces[index >> Bits];
            int at = index & (PieceLength - 1);
            return new Entry(piece.Users[at], piece.Items[at], piece.Weights is null ? 1 : piece.Weights[at], piece.Times is null ? double.NaN : piece.Times[at]);
        }
    }

    public void Add(Entry entry)
    {
        int at = Count & (PieceLength - 1);
        if (at == 0)
            _pieces.Add(new Piece { Times = hasTimes ? new double[PieceLength] : null });
        var piece = _pieces[^1];
        piece.Users[at] = entry.User;
        piece.Items[at] = entry.Item;
        if (entry.Weight != 1 && piece.Weights is null)
        {
            piece.Weights = new float[PieceLength];
            Array.Fill(piece.Weights, 1);
        }
        if (piece.Weights is not null)
            piece.Weights[at] = entry.Weight;
        if (piece.Times is not null)
            piece.Times[at] = entry.Time;
        Count = checked(Count + 1);
    }
}
