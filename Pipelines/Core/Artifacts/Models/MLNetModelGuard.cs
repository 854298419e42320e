using System.Buffers.Binary;
using System.Reflection;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>
/// A component of ML.NET's zip can name the assembly that is to load it, and ML.NET then loads that assembly. This refuses
/// every name but those of ML.NET itself and of assemblies that the host has loaded already.
/// </summary>
/// <remarks>
/// The header of a component: 256 bytes that begin with "ML MODEL" (zeros for spaces), at 0x20 the offset and size of a table
/// of the ends of its strings, at 0x30 those of their characters (UTF-16), at 0x90 those of the name of an assembly.
/// </remarks>
internal static class MLNetModelGuard
{
    private const int HeaderLength = 0x100, StringTableAt = 0x20, StringCharactersAt = 0x30, AssemblyNameAt = 0x90;
    private const string Family = "Microsoft.ML";

    private static ReadOnlySpan<byte> Mark => "ML\0MODEL"u8;

    /// <summary>The bytes of a component; none where what stands at the stream's position is no component with such a header.</summary>
    public static byte[] ReadComponent(Stream stream, long length)
    {
        if (length is < HeaderLength or > int.MaxValue)
            return [];
        var mark = new byte[Mark.Length];
        stream.ReadExactly(mark);
        if (!Mark.SequenceEqual(mark))
            return [];
        var component = new byte[length];
        mark.CopyTo(component, 0);
        stream.ReadExactly(component.AsSpan(mark.Length));
        return component;
    }

    /// <summary>Why a component is refused, or null where it names no foreign assembly.</summary>
    public static string? FaultOf(ReadOnlySpan<byte> component)
    {
        if (component.Length < HeaderLength || !component.StartsWith(Mark))
            return null;
        long nameOffset = BinaryPrimitives.ReadInt64LittleEndian(component[AssemblyNameAt..]);
        uint nameLength = BinaryPrimitives.ReadUInt32LittleEndian(component[(AssemblyNameAt + 8)..]);
        if (!TrySlice(component, nameOffset, nameLength, out var name) || !TryReadRange(component, StringTableAt, out var table) || !TryReadRange(component, StringCharactersAt, out var characters))
            return "has a header that points outside the component";
        if (name.Length > 0 && !IsAllowed(Encoding.Unicode.GetString(name)))
            return Refusal(Encoding.Unicode.GetString(name));
        int start = 0;
        for (; table.Length >= sizeof(long); table = table[sizeof(long)..])
        {
            long end = BinaryPrimitives.ReadInt64LittleEndian(table);
            if (end < start || end > characters.Length)
                return "has a table of strings that points outside the component";
            var text = Encoding.Unicode.GetString(characters[start..(int)end]);
            // The full name of an assembly, as a custom mapping states the one of its factory.
            if (text.Contains(", Version=", StringComparison.OrdinalIgnoreCase) && !IsAllowed(text))
                return Refusal(text);
            start = (int)end;
        }
        return null;
    }

    private static string Refusal(string assembly) =>
        $"asks for the assembly '{ArtifactThrow.Printable(assembly)}', which is neither of ML.NET nor loaded by this host; load it first if you trust it";

    private static bool IsAllowed(string assembly)
    {
        string simpleName = assembly.Split(',')[0].Trim();
        return simpleName == Family || simpleName.StartsWith(Family + ".", StringComparison.Ordinal)
            || AppDomain.CurrentDomain.GetAssemblies().Any(loaded => string.Equals(loaded.GetName().Name, simpleName, StringComparison.OrdinalIgnoreCase));
    }

    private static bool TryReadRange(ReadOnlySpan<byte> component, int at, out ReadOnlySpan<byte> range) =>
        TrySlice(component, BinaryPrimitives.ReadInt64LittleEndian(component[at..]), BinaryPrimitives.ReadInt64LittleEndian(component[(at + 8)..]), out range);

    private static bool TrySlice(ReadOnlySpan<byte> bytes, long offset, long length, out ReadOnlySpan<byte> slice)
    {
        bool fits = offset >= 0 && length >= 0 && offset <= bytes.Length && length <= bytes.Length - offset;
        slice = fits ? bytes.Slice((int)offset, (int)length) : default;
        return fits;
    }
}
