using System.Globalization;

namespace MLPipelines.Data;

/// <summary>
/// Reads <c>yyyy-MM-dd</c>, optionally followed by <c>T</c> or a space and <c>HH:mm[:ss[.fraction]]</c>, optionally
/// followed by <c>Z</c> or <c>±HH[:]mm</c>; a time without a zone is UTC. Nine to eleven digits are Unix seconds.
/// </summary>
internal static class IsoTimestamp
{
    public const string Expected = "it must be ISO 8601, such as 2024-02-01 10:05:00 or 2024-02-01T10:05:00Z, or Unix seconds";

    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length is >= 9 and <= 11 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            value = DateTimeOffset.FromUnixTimeSeconds(long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
            return true;
        }
        var rest = text;
        if (!TryDigits(ref rest, 4, out int year) || !TryMark(ref rest, (byte)'-')
            || !TryDigits(ref rest, 2, out int month) || !TryMark(ref rest, (byte)'-')
            || !TryDigits(ref rest, 2, out int day))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;

        long ticks = 0;
        var offset = TimeSpan.Zero;
        if (!rest.IsEmpty)
        {
            if (!TryMark(ref rest, (byte)'T') && !TryMark(ref rest, (byte)' '))
                return false;
            if (!TryTimeOfDay(ref rest, out ticks) || !TryOffset(ref rest, out offset) || !rest.IsEmpty)
                return false;
        }
        var local = new DateTime(year, month, day).AddTicks(ticks);
        long utc = local.Ticks - offset.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return false;
        value = new DateTimeOffset(utc, TimeSpan.Zero);
        return true;
    }

    private static bool TryTimeOfDay(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        int second = 0;
        if (!TryDigits(ref rest, 2, out int hour) || !TryMark(ref rest, (byte)':') || !TryDigits(ref rest, 2, out int minute))
            return false;
        long fraction = 0;
        if (TryMark(ref rest, (byte)':'))
        {
            if (!TryDigits(ref rest, 2, out second))
                return false;
            if (TryMark(ref rest, (byte)'.') && !TryFraction(ref rest, out fraction))
                return false;
        }
        if (hour > 23 || minute > 59 || second > 59)
            return false;
        ticks = new TimeSpan(hour, minute, second).Ticks + fraction;
        return true;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        int digits = 0;
        // Ticks have seven decimals; more are cut off.
        for (; !rest.IsEmpty && char.IsAsciiDigit((char)rest[0]); rest = rest[1..], digits++)
        {
            if (digits < 7)
                ticks = ticks * 10 + (rest[0] - '0');
        }
        for (int i = digits; i < 7; i++)
            ticks *= 10;
        return digits > 0;
    }

    private static bool TryOffset(ref ReadOnlySpan<byte> rest, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (rest.IsEmpty || TryMark(ref rest, (byte)'Z'))
            return true;
        int sign = TryMark(ref rest, (byte)'+') ? 1 : TryMark(ref rest, (byte)'-') ? -1 : 0;
        if (sign == 0 || !TryDigits(ref rest, 2, out int hours))
            return false;
        _ = TryMark(ref rest, (byte)':');
        if (!TryDigits(ref rest, 2, out int minutes) || hours > 14 || minutes > 59)
            return false;
        offset = sign * new TimeSpan(hours, minutes, 0);
        return true;
    }

    private static bool TryMark(ref ReadOnlySpan<byte> rest, byte mark)
    {
        if (rest.IsEmpty || rest[0] != mark)
            return false;
        rest = rest[1..];
        return true;
    }

    private static bool TryDigits(ref ReadOnlySpan<byte> rest, int count, out int value)
    {
        value = 0;
        if (rest.Length < count)
            return false;
        foreach (byte b in rest[..count])
        {
            if (!char.IsAsciiDigit((char)b))
                return false;
            value = value * 10 + (b - '0');
        }
        rest = rest[count..];
        return true;
    }
}
