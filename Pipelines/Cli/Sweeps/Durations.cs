using System.Globalization;
using System.Text.RegularExpressions;

namespace MLPipelines.Cli.Sweeps;

/// <summary>Times as people write them: <c>90s</c>, <c>10m</c>, <c>1h30m</c>, <c>2d</c>.</summary>
internal static partial class Durations
{
    /// <summary>The time that a text stands for; null where it stands for none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (Units().Match(text) is not { Success: true } match || match.Length == 0)
            return null;
        double seconds = Part(1) * 86400 + Part(2) * 3600 + Part(3) * 60 + Part(4);
        return seconds > 0 && seconds < 86400 * 366 ? TimeSpan.FromSeconds(seconds) : null;

        double Part(int group) => match.Groups[group].Success ? double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>A time for people: <c>3.2 s</c>, <c>4 min 10 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Text(TimeSpan time) => time.TotalSeconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : time.TotalMinutes < 60 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");

    [GeneratedRegex(@"^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Units();
}
