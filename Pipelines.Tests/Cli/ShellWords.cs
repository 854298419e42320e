using System.Text;

namespace MLPipelines.Tests.Cli;

/// <summary>Splits a command as a shell does, as far as examples need it: quotes, comments, pipes and redirections.</summary>
internal static class ShellWords
{
    /// <summary>The quoted words of a command such as <c>printf '%s\n' "one" "two"</c>, but for its format.</summary>
    public static string[] Quoted(string line) => [.. Split(line).Where(word => word is not ("printf" or "echo") && !word.StartsWith('%'))];

    /// <summary>The words of the part of the line that runs mlp.</summary>
    public static string[] Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool inWord = false;
        foreach (char c in line)
        {
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                (quote, inWord) = (c, true);
            }
            else if (c is '|')
            {
                words.Clear();
                word.Clear();
                inWord = false;
            }
            else if (c is '>' || (c is '#' && !inWord))
            {
                break;
            }
            else if (char.IsWhiteSpace(c))
            {
                End();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }
        End();
        return [.. words];

        void End()
        {
            if (inWord)
                words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }
}
