using System.Buffers;
using MLPipelines.Tokenization.Models;
using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Processing;

/// <summary>The added tokens of a tokenizer: their ids, and where they are in a text. Immutable.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> ids = [];
    private readonly Dictionary<int, AddedToken> tokens = [];
    private readonly Dictionary<int, string> texts = [];
    private readonly HashSet<string> special = [];

    /// <param name="added">The tokens in their order; ids are given as the reference implementation gives them: the model's where it has the token, else the next free one.</param>
    /// <param name="model">The model.</param>
    /// <param name="normalizer">What the tokens that are looked for in the normalised text go through; null where there is none.</param>
    public AddedVocabulary(IReadOnlyList<AddedToken> added, SubwordModel model, TextNormalizer? normalizer)
    {
        foreach (var token in added)
        {
            if (token.Special && token.Content.Length > 0)
                special.Add(token.Content);
        }
        int largest = -1;
        foreach (var token in added)
        {
            if (token.Content.Length == 0)
                continue;
            if (!ids.TryGetValue(token.Content, out int id))
                id = model.IdOf(token.Content) ?? Math.Max(largest + 1, model.Count);
            largest = Math.Max(largest, id);
            ids[token.Content] = id;
            tokens[id] = token;
            // As in the reference implementation, an id stands for what was looked for.
            texts[id] = token.Normalized ? Normalize(token.Content, normalizer) : token.Content;
        }
        Raw = new Matcher(this, added.Where(token => !token.Normalized), static content => content);
        Normalized = new Matcher(this, added.Where(token => token.Normalized), content => Normalize(content, normalizer));
        MaximumId = largest;
    }

    /// <summary>Finds the tokens of the text as it was given.</summary>
    public Matcher Raw { get; }

    /// <summary>Finds the tokens of the normalised text.</summary>
    public Matcher Normalized { get; }

    public int MaximumId { get; }

    public IReadOnlyDictionary<string, int> Ids => ids;

    public int? IdOf(string token) => ids.TryGetValue(token, out int id) ? id : null;

    public string? TokenOf(int id) => texts.GetValueOrDefault(id);

    public bool IsSpecial(string token) => special.Contains(token);

    private static string Normalize(string content, TextNormalizer? normalizer)
    {
        if (normalizer == null)
            return content;
        var text = new AlignedText();
        text.Reset(content, 0);
        normalizer.Apply(text);
        return new string(text.Span);
    }

    /// <summary>Finds the longest token at the leftmost place, again and again.</summary>
    internal sealed class Matcher
    {
        private readonly AddedVocabulary owner;
        private readonly Trie trie = new();
        private readonly SearchValues<char>? firsts;

        public Matcher(AddedVocabulary owner, IEnumerable<AddedToken> tokens, Func<string, string> form)
        {
            this.owner = owner;
            var characters = new HashSet<char>();
            var seen = new HashSet<string>();
            // Special tokens come first; of two with one form the first counts.
            foreach (var token in tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Special))
            {
                string content = form(token.Content);
                if (content.Length == 0 || !seen.Add(content))
                    continue;
                trie.Add(content, owner.ids[token.Content]);
                characters.Add(content[0]);
            }
            if (characters.Count > 0)
                firsts = SearchValues.Create([.. characters]);
        }

        public bool IsEmpty => firsts == null;

        /// <summary>Whether any of the tokens is in a text.</summary>
        public bool Occurs(ReadOnlySpan<char> text) => Find(text, 0, out _, out _, out _);

        /// <summary>Finds the next token at or after a position, without what it strips.</summary>
        private bool Find(ReadOnlySpan<char> text, int from, out int start, out int end, out int id)
        {
            (start, end, id) = (0, 0, 0);
            while (from < text.Length)
            {
                int skipped = text[from..].IndexOfAny(firsts!);
                if (skipped < 0)
                    return false;
                start = from + skipped;
                int node = Trie.Root;
                end = -1;
                for (int i = start; i < text.Length; i++)
                {
                    node = trie.Step(node, text[i]);
                    if (node == Trie.None)
                        break;
                    if (trie.ValueOf(node) is var value && value != Trie.None)
                        (end, id) = (i + 1, value);
                }
                if (end >= 0)
                    return true;
                from = start + 1;
            }
            return false;
        }

        /// <summary>Splits a text: ranges in order that cover it, each with the id of an added token or -1.</summary>
        public void Split(ReadOnlySpan<char> text, List<(int Start, int End, int Id)> ranges)
        {
            ranges.Clear();
            int done = 0;
            int from = 0;
            while (firsts != null && Find(text, from, out int start, out int end, out int id))
            {
                from = end;
                var token = owner.tokens[id];
                if (token.SingleWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..])))
                    continue;
                if (token.StripLeft)
                    start = Math.Max(done, text[..start].TrimEnd().Length);
                if (token.StripRight)
                    end += text.Length - end - text[end..].TrimStart().Length;
                if (done < start)
                    ranges.Add((done, start, -1));
                ranges.Add((start, end, id));
                done = end;
            }
            if (done < text.Length)
                ranges.Add((done, text.Length, -1));
        }

        private static bool EndsWithWord(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty)
                return false;
            System.Text.Rune.DecodeLastFromUtf16(text, out var last, out _);
            return CharacterTests.IsWholeWord(last.Value);
        }

        private static bool StartsWithWord(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty)
                return false;
            System.Text.Rune.DecodeFromUtf16(text, out var first, out _);
            return CharacterTests.IsWholeWord(first.Value);
        }
    }
}
