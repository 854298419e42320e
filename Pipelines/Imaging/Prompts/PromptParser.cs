using System.Globalization;
using System.Text;

namespace MLPipelines.Imaging;

/// <summary>A part of a prompt and how much it weighs.</summary>
internal readonly record struct PromptPart(string Text, float Weight);

/// <summary>Reads prompts with weights: (more), (as much:1.3), [less], \( for a bracket itself. Brackets may be nested; what is not closed reaches to the end.</summary>
internal static class PromptParser
{
    private const float Step = 1.1f;
    private const float Most = 10;
    private const int MostDepth = 64;

    public static List<PromptPart> Parse(string prompt)
    {
        var parts = new List<PromptPart>();
        var text = new StringBuilder();
        // Where each open bracket's parts start, and whether it is round.
        var open = new Stack<(int First, bool Round)>();
        for (int i = 0; i < prompt.Length; i++)
        {
            char c = prompt[i];
            if (c == '\\' && i + 1 < prompt.Length && "()[]\\".Contains(prompt[i + 1]))
                text.Append(prompt[++i]);
            else if (c is '(' or '[' && open.Count < MostDepth)
            {
                End();
                open.Push((parts.Count, c == '('));
            }
            else if (c == ')' && open.TryPeek(out var round) && round.Round)
                Close(Number(text));
            else if (c == ']' && open.TryPeek(out var square) && !square.Round)
                Close(null);
            else
                text.Append(c);
        }
        while (open.Count > 0)
            Close(null);
        End();
        return parts;

        void End()
        {
            if (text.Length > 0)
                parts.Add(new PromptPart(text.ToString(), 1));
            text.Clear();
        }

        void Close(float? given)
        {
            End();
            var (first, isRound) = open.Pop();
            float weight = given ?? (isRound ? Step : 1 / Step);
            for (int i = first; i < parts.Count; i++)
                parts[i] = parts[i] with { Weight = Math.Clamp(parts[i].Weight * weight, 0, Most) };
        }
    }

    /// <summary>Takes a weight such as ":1.3" off the end of a text.</summary>
    private static float? Number(StringBuilder text)
    {
        var all = text.ToString();
        int colon = all.LastIndexOf(':');
        if (colon < 0 || !float.TryParse(all.AsSpan(colon + 1).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out float weight) || !float.IsFinite(weight))
            return null;
        text.Length = colon;
        return weight;
    }
}
