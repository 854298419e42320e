using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MLPipelines.Artifacts;

/// <summary>A version <c>major.minor.patch</c> of an artifact (https://semver.org, without pre-release parts).</summary>
public readonly record struct SemanticVersion(int Major, int Minor, int Patch) : IComparable<SemanticVersion>, ISpanParsable<SemanticVersion>
{
    /// <summary>The version of what is published first.</summary>
    public static SemanticVersion First { get; } = new(1, 0, 0);

    /// <summary>The next version after a change of the given weight.</summary>
    public SemanticVersion Next(VersionChange change) => change switch
    {
        VersionChange.Major => new(checked(Major + 1), 0, 0),
        VersionChange.Minor => new(Major, checked(Minor + 1), 0),
        _ => new(Major, Minor, checked(Patch + 1)),
    };

    /// <inheritdoc/>
    public int CompareTo(SemanticVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether the left is earlier.</summary>
    public static bool operator <(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left is later.</summary>
    public static bool operator >(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left is not later.</summary>
    public static bool operator <=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left is not earlier.</summary>
    public static bool operator >=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    /// <inheritdoc/>
    public static SemanticVersion Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var version)
            ? version
            : throw new FormatException($"'{s}' is not a version; expected is major.minor.patch, such as 1.4.0.");

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static SemanticVersion Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out SemanticVersion result)
    {
        result = default;
        Span<Range> parts = stackalloc Range[4];
        if (s.Split(parts, '.') != 3)
            return false;
        if (!TryParsePart(s[parts[0]], out int major) || !TryParsePart(s[parts[1]], out int minor) || !TryParsePart(s[parts[2]], out int patch))
            return false;
        result = new(major, minor, patch);
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, IFormatProvider?, out SemanticVersion)"/>
    public static bool TryParse([NotNullWhen(true)] string? s, out SemanticVersion result) => TryParse(s.AsSpan(), null, out result);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SemanticVersion result) => TryParse(s.AsSpan(), provider, out result);

    // A part has no leading zero, so that one version has one name.
    private static bool TryParsePart(ReadOnlySpan<char> part, out int value)
    {
        value = 0;
        return part.Length is > 0 and <= 9 && (part.Length == 1 || part[0] != '0')
            && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}

/// <summary>How much changed since the latest version.</summary>
public enum VersionChange
{
    /// <summary>Only the data, or nothing that the manifest states.</summary>
    Patch,

    /// <summary>The options, or which stages there are.</summary>
    Minor,

    /// <summary>What callers see: columns in or out, labels, or the task.</summary>
    Major,
}
