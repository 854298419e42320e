namespace MLPipelines.Benchmarks;

/// <summary>Words and sentences of random letters.</summary>
internal static class RandomText
{
    public static string Word(Random random) =>
        string.Create(random.Next(2, 11), random, static (letters, random) =>
        {
            foreach (ref char letter in letters)
                letter = (char)('a' + random.Next(26));
        });

    public static string Sentence(Random random, string[] words, int length) =>
        string.Join(' ', Enumerable.Range(0, length).Select(_ => words[random.Next(words.Length)]));
}
