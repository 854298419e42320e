using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

using Kind = WordEmbeddingEstimator.PretrainedModelKind;

/// <summary>Words and their vectors.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class WordEmbeddingModel
{
    /// <summary>The environment variable that names the folder of pretrained models.</summary>
    public const string FolderVariable = "MICROSOFTML_RESOURCE_PATH";

    private static readonly ConcurrentDictionary<(string Path, DateTime Written), WeakReference<WordEmbeddingModel>> Read = new();

    private readonly WordTable _words;
    private readonly float[] _vectors;

    private WordEmbeddingModel(WordTable words, float[] vectors, int dimension)
    {
        _words = words;
        _vectors = vectors;
        Dimension = dimension;
    }

    public int Dimension { get; }

    /// <summary>The vector of a word; empty where the model does not know it.</summary>
    public ReadOnlySpan<float> Find(ReadOnlySpan<char> word)
    {
        uint key = word.IsEmpty ? 0 : _words.Find(word);
        return key == 0 ? default : _vectors.AsSpan(checked((int)(key - 1) * Dimension), Dimension);
    }

    /// <summary>The pretrained model of a kind; throws the documented error where its file is missing.</summary>
    public static WordEmbeddingModel OfKind(Kind kind)
    {
        string folder = kind == Kind.SentimentSpecificWordEmbedding ? Path.Combine("Text", "Sswe") : "WordVectors";
        string name = FileOf(kind);
        string root = Environment.GetEnvironmentVariable(FolderVariable);
        if (string.IsNullOrWhiteSpace(root))
            throw Contracts.Except($"Model file for Word Embedding transform could not be found! Please put the model file '{name}' into a folder '{folder}' and set the environment variable {FolderVariable} to the folder above it.");
        string path = Path.Combine(root, folder, name);
        if (!File.Exists(path) && File.Exists(Path.Combine(root, name)))
            path = Path.Combine(root, name);
        if (!File.Exists(path))
            throw Contracts.Except($"Model file for Word Embedding transform could not be found! Please copy the model file '{name}' to '{Path.GetDirectoryName(path)}', below the folder that the environment variable {FolderVariable} names.");
        return FromFile(path);
    }

    /// <summary>
    /// Reads a file with a word and its vector in each line, between spaces or tabs; a line of other length, such as a
    /// header, counts for nothing. Of a word that occurs twice the first vector counts, that of the first line last.
    /// </summary>
    public static WordEmbeddingModel FromFile(string path)
    {
        if (!File.Exists(path))
            throw Contracts.Except($"Custom word embedding model file '{path}' could not be found for Word Embeddings transform.");
        var key = (Path.GetFullPath(path), File.GetLastWriteTimeUtc(path));
        if (Read.TryGetValue(key, out var reference) && reference.TryGetTarget(out var known))
            return known;
        var model = Parse(path);
        Read[key] = new WeakReference<WordEmbeddingModel>(model);
        return model;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Dimension);
        _words.Save(writer);
        writer.WriteArray<float>(_vectors);
    }

    public static WordEmbeddingModel Load(BinaryReader reader)
    {
        int dimension = reader.ReadInt32();
        var words = WordTable.Load(reader);
        var vectors = reader.ReadArray<float>();
        Contracts.CheckDecode(dimension > 0 && vectors.Length == (long)words.Count * dimension);
        return new WordEmbeddingModel(words, vectors, dimension);
    }

    private static WordEmbeddingModel Parse(string path)
    {
        var words = new WordTable();
        var vectors = new List<float>();
        var vector = new List<float>();
        int dimension = 0;
        string first = null;
        foreach (string line in File.ReadLines(path))
        {
            if (first == null)
                first = line;
            else
                Add(line);
        }
        if (first != null)
            Add(first);
        if (words.Count == 0)
            throw Contracts.Except($"The word embedding model file '{path}' has no line of a word and numbers, between spaces or tabs.");
        return new WordEmbeddingModel(words, [.. vectors], dimension);

        void Add(ReadOnlySpan<char> line)
        {
            line = line.TrimEnd();
            int end = line.IndexOfAny(' ', '\t');
            if (end <= 0 || !TryParse(line[(end + 1)..], vector))
                return;
            if (dimension == 0)
                dimension = vector.Count;
            if (vector.Count != dimension)
                return;
            int count = words.Count;
            words.FindOrAdd(line[..end], int.MaxValue);
            if (words.Count > count)
                vectors.AddRange(vector);
        }
    }

    private static bool TryParse(ReadOnlySpan<char> numbers, List<float> vector)
    {
        vector.Clear();
        foreach (var range in numbers.SplitAny(' ', '\t'))
        {
            if (!float.TryParse(numbers[range], NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
                return false;
            vector.Add(number);
        }
        return true;
    }

    private static string FileOf(Kind kind) => kind switch
    {
        Kind.GloVe50D => "glove.6B.50d.txt",
        Kind.GloVe100D => "glove.6B.100d.txt",
        Kind.GloVe200D => "glove.6B.200d.txt",
        Kind.GloVe300D => "glove.6B.300d.txt",
        Kind.GloVeTwitter25D => "glove.twitter.27B.25d.txt",
        Kind.GloVeTwitter50D => "glove.twitter.27B.50d.txt",
        Kind.GloVeTwitter100D => "glove.twitter.27B.100d.txt",
        Kind.GloVeTwitter200D => "glove.twitter.27B.200d.txt",
        Kind.FastTextWikipedia300D => "wiki.en.vec",
        _ => "sentiment.emd",
    };
}
