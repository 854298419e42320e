using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MLPipelines.Tokenization.Files;

/// <summary>What a SentencePiece model does.</summary>
internal enum SentencePieceKind
{
    Unigram = 1,
    Bpe = 2,
    Word = 3,
    Character = 4,
}

/// <summary>
/// A SentencePiece model (spiece.model), a protocol buffer: field 1 is a piece (1 text, 2 score, 3 type), field 2 the
/// trainer's settings (3 kind, 35 byte fallback, 40 id of the unknown piece, 45 its text), field 3 the normaliser's
/// (2 charsmap, 3 whether a space is put before the text). Other fields are skipped.
/// </summary>
internal sealed class SentencePieceFile
{
    private const string Name = SlowTokenizers.Pieces;

    public List<(string Piece, double Score, int Type)> Pieces { get; } = [];

    public SentencePieceKind Kind { get; private set; } = SentencePieceKind.Unigram;

    public bool ByteFallback { get; private set; }

    public int UnknownId { get; private set; }

    public string UnknownPiece { get; private set; } = "<unk>";

    public byte[] Charsmap { get; private set; } = [];

    /// <exception cref="TokenizationException">The file is damaged.</exception>
    public static SentencePieceFile Read(ReadOnlySpan<byte> content)
    {
        var result = new SentencePieceFile();
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    result.ReadPiece(reader.Bytes());
                    break;
                case 2:
                    result.ReadTrainer(reader.Bytes());
                    break;
                case 3:
                    result.ReadNormalizer(reader.Bytes());
                    break;
            }
        }
        if (result.Pieces.Count == 0)
            throw TokenizationErrors.Malformed(Name, "the model has no pieces.");
        if (result.UnknownId < 0 || result.UnknownId >= result.Pieces.Count)
            throw TokenizationErrors.Malformed(Name, string.Create(CultureInfo.InvariantCulture, $"the unknown piece has the id {result.UnknownId}, of {result.Pieces.Count} pieces."));
        return result;
    }

    private void ReadPiece(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        string piece = "";
        float score = 0;
        int type = 1;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    piece = Text(reader.Bytes());
                    break;
                case 2:
                    score = reader.Single();
                    break;
                case 3:
                    type = reader.Integer();
                    break;
            }
        }
        if (!float.IsFinite(score))
            throw TokenizationErrors.Malformed(Name, $"the score of the piece '{piece}' is not finite.");
        Pieces.Add((piece, score, type));
    }

    private void ReadTrainer(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    Kind = (SentencePieceKind)reader.Integer();
                    break;
                case 35:
                    ByteFallback = reader.Integer() != 0;
                    break;
                case 40:
                    UnknownId = reader.Integer();
                    break;
                case 45:
                    UnknownPiece = Text(reader.Bytes());
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> content)
    {
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            if (reader.Field == 2)
                Charsmap = reader.Bytes().ToArray();
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw TokenizationErrors.Malformed(Name, "a piece is not UTF-8.", exception);
        }
    }

    /// <summary>Reads the fields of a message.</summary>
    private ref struct ProtobufReader(ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> content = content;
        private int at;
        private int wire;
        private ulong number;
        private ReadOnlySpan<byte> bytes;

        public int Field { get; private set; }

        /// <summary>Reads the next field; false at the end.</summary>
        public bool Next()
        {
            if (at == content.Length)
                return false;
            ulong key = Varint();
            wire = (int)(key & 7);
            if (key >> 3 is 0 or > int.MaxValue)
                throw Damaged();
            Field = (int)(key >> 3);
            bytes = default;
            switch (wire)
            {
                case 0:
                    number = Varint();
                    break;
                case 1:
                    bytes = Take(8);
                    break;
                case 2:
                    ulong length = Varint();
                    if (length > (ulong)(content.Length - at))
                        throw Damaged();
                    bytes = Take((int)length);
                    break;
                case 5:
                    bytes = Take(4);
                    break;
                default:
                    throw Damaged();
            }
            return true;
        }

        public readonly ReadOnlySpan<byte> Bytes() => wire == 2 ? bytes : throw Damaged();

        public readonly float Single() => wire == 5 ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : throw Damaged();

        public readonly int Integer() => wire == 0 && (long)number is >= int.MinValue and <= int.MaxValue ? (int)(long)number : throw Damaged();

        private ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte part = Take(1)[0];
                value |= (ulong)(part & 0x7F) << shift;
                if (part < 0x80)
                    return value;
            }
            throw Damaged();
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (content.Length - at < count)
                throw Damaged();
            var taken = content.Slice(at, count);
            at += count;
            return taken;
        }

        private readonly TokenizationException Damaged() =>
            TokenizationErrors.Malformed(Name, string.Create(CultureInfo.InvariantCulture, $"damaged, or no SentencePiece model (at byte {at} of {content.Length} of a message)."));
    }
}
