namespace MLPipelines.Data;

/// <summary>Keeps texts apart: accepts one only if its set of words differs enough from those of all before.</summary>
internal sealed class Uniqueness
{
    private readonly Dictionary<string, List<int>> _byWord = new(StringComparer.Ordinal);
    private readonly List<int> _sizes = [];

    /// <summary>Adds the text unless an earlier one shares more than the given part of their joint words.</summary>
    public bool Add(string text, double mostAlike)
    {
        HashSet<string> words = Words(text);
        var shared = new int[_sizes.Count];
        foreach (string word in words)
        {
            if (_byWord.TryGetValue(word, out List<int>? texts))
            {
                foreach (int other in texts)
                {
                    shared[other]++;
                }
            }
        }

        for (int i = 0; i < shared.Length; i++)
        {
            if (shared[i] > mostAlike * (words.Count + _sizes[i] - shared[i]))
            {
                return false;
            }
        }

        foreach (string word in words)
        {
            if (!_byWord.TryGetValue(word, out List<int>? texts))
            {
                _byWord[word] = texts = [];
            }

            texts.Add(_sizes.Count);
        }

        _sizes.Add(words.Count);
        return true;
    }

    /// <summary>The distinct runs of letters and digits, in lower case.</summary>
    private static HashSet<string> Words(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inside = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (inside && start < 0)
            {
                start = i;
            }
            else if (!inside && start >= 0)
            {
                words.Add(text[start..i].ToLowerInvariant());
                start = -1;
            }
        }

        return words;
    }
}
