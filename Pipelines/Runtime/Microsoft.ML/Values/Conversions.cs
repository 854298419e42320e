using System.Collections.Frozen;
using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Internal;

/// <summary>Maps a value of one type to one of another.</summary>
internal delegate void ValueMapper<TSrc, TDst>(in TSrc src, ref TDst dst);

/// <summary>The standard conversions between values of the primitive kinds.</summary>
/// <remarks>
/// <para>Signed integers convert to each other by their low bits; unsigned ones and row IDs to unsigned ones, where what
/// does not fit becomes 0, the missing key. Either converts to floating point and to bool (not zero). There is
/// no conversion between signed and unsigned, from floating point to integers, or from bool to unsigned integers.</para>
/// <para>Text converts to every kind: text that is not a value becomes NaN, 0, false or the zero of a time, but is an
/// error for the signed integers. Times convert to their ticks, of UTC where there is an offset.</para>
/// <para>Keys convert to keys with the same number of values, and to unsigned integers that hold them;
/// only text converts to keys.</para>
/// </remarks>
internal static class Conversions
{
    private static readonly FrozenDictionary<(Type Source, Type Destination), Delegate> s_mappers = MakeMappers();

    /// <summary>The conversion between two raw types; false if there is none.</summary>
    public static bool TryGet<TSrc, TDst>(out ValueMapper<TSrc, TDst> mapper)
    {
        bool found = s_mappers.TryGetValue((typeof(TSrc), typeof(TDst)), out Delegate value);
        mapper = (ValueMapper<TSrc, TDst>)value;
        return found;
    }

    public static ValueMapper<TSrc, TDst> Get<TSrc, TDst>() => TryGet(out ValueMapper<TSrc, TDst> mapper)
        ? mapper
        : throw Contracts.Except($"No standard conversion from '{typeof(TSrc)}' to '{typeof(TDst)}'");

    /// <summary>
    /// The conversion, a <see cref="ValueMapper{TSrc, TDst}"/> of the two raw types, between two types of values that are not
    /// vectors; false if there is none. <paramref name="identity"/> is whether it leaves values as they are.
    /// </summary>
    public static bool TryGet(DataViewType source, DataViewType destination, out Delegate mapper, out bool identity)
    {
        mapper = null;
        identity = false;
        if (source is KeyDataViewType sourceKey)
        {
            if (!CanConvertKey(sourceKey, destination))
                return false;
        }
        else if (destination is KeyDataViewType destinationKey)
        {
            if (source is not TextDataViewType)
                return false;
            mapper = destinationKey.RawType switch
            {
                var type when type == typeof(byte) => FromTextToKey<byte>(destinationKey.Count),
                var type when type == typeof(ushort) => FromTextToKey<ushort>(destinationKey.Count),
                var type when type == typeof(uint) => FromTextToKey<uint>(destinationKey.Count),
                _ => FromTextToKey<ulong>(destinationKey.Count),
            };
            return true;
        }
        else if (source is not PrimitiveDataViewType || destination is not PrimitiveDataViewType)
        {
            return false;
        }
        identity = source.RawType == destination.RawType;
        return s_mappers.TryGetValue((source.RawType, destination.RawType), out mapper);
    }

    /// <inheritdoc cref="TryGet(DataViewType, DataViewType, out Delegate, out bool)"/>
    public static bool TryGet<TSrc, TDst>(DataViewType source, DataViewType destination, out ValueMapper<TSrc, TDst> mapper, out bool identity)
    {
        bool found = TryGet(source, destination, out Delegate value, out identity);
        mapper = (ValueMapper<TSrc, TDst>)value;
        return found;
    }

    /// <inheritdoc cref="TryGet(DataViewType, DataViewType, out Delegate, out bool)"/>
    public static ValueMapper<TSrc, TDst> Get<TSrc, TDst>(DataViewType source, DataViewType destination) =>
        TryGet(source, destination, out ValueMapper<TSrc, TDst> mapper, out _)
            ? mapper
            : throw Contracts.Except($"No standard conversion from '{source}' to '{destination}'");

    private static bool CanConvertKey(KeyDataViewType source, DataViewType destination)
    {
        if (destination is KeyDataViewType key)
            return source.Count == key.Count;
        return KeyDataViewType.IsValidDataType(destination.RawType)
            && (SizeOf(source.RawType) <= SizeOf(destination.RawType) || source.Count <= MaxValue(destination.RawType));
    }

    private static ulong MaxValue(Type unsigned) => ulong.MaxValue >> 64 - 8 * SizeOf(unsigned);

    private static int SizeOf(Type unsigned) => Type.GetTypeCode(unsigned) switch
    {
        TypeCode.Byte => sizeof(byte),
        TypeCode.UInt16 => sizeof(ushort),
        TypeCode.UInt32 => sizeof(uint),
        TypeCode.UInt64 => sizeof(ulong),
        _ => 0,
    };

    private static ValueMapper<ReadOnlyMemory<char>, T> FromTextToKey<T>(ulong count) where T : struct
    {
        var parser = Parser.GetKey<T>(count);
        return (in ReadOnlyMemory<char> src, ref T dst) => parser(src.Span, out dst);
    }

    private static FrozenDictionary<(Type, Type), Delegate> MakeMappers()
    {
        var table = new Table();
        table.AddSigned<sbyte>();
        table.AddSigned<short>();
        table.AddSigned<int>();
        table.AddSigned<long>();
        table.AddUnsigned<byte>();
        table.AddUnsigned<ushort>();
        table.AddUnsigned<uint>();
        table.AddUnsigned<ulong>();
        table.AddFloatingPoint();
        table.AddRowId();
        table.AddBoolean();
        table.AddTimes();
        table.AddFromText();
        return table.Mappers.ToFrozenDictionary();
    }

    private sealed class Table
    {
        public Dictionary<(Type, Type), Delegate> Mappers { get; } = [];

        public void AddSigned<T>() where T : struct, IBinaryInteger<T>
        {
            AddTruncating<T, sbyte>();
            AddTruncating<T, short>();
            AddTruncating<T, int>();
            AddTruncating<T, long>();
            AddFromInteger<T>();
        }

        public void AddUnsigned<T>() where T : struct, IBinaryInteger<T>
        {
            AddFitting<T, byte>();
            AddFitting<T, ushort>();
            AddFitting<T, uint>();
            AddFitting<T, ulong>();
            Add((in T src, ref DataViewRowId dst) => dst = new DataViewRowId(ulong.CreateTruncating(src), 0));
            AddFromInteger<T>();
        }

        public void AddFloatingPoint()
        {
            Add((in float src, ref float dst) => dst = src);
            Add((in float src, ref double dst) => dst = src);
            Add((in float src, ref bool dst) => dst = src != 0);
            Add((in float src, ref ReadOnlyMemory<char> dst) => dst = Formatter.ToText(src));
            Add((in double src, ref float dst) => dst = (float)src);
            Add((in double src, ref double dst) => dst = src);
            Add((in double src, ref bool dst) => dst = src != 0);
            Add((in double src, ref ReadOnlyMemory<char> dst) => dst = Formatter.ToText(src));
        }

        public void AddRowId()
        {
            AddFittingRowId<byte>();
            AddFittingRowId<ushort>();
            AddFittingRowId<uint>();
            AddFittingRowId<ulong>();
            AddToText<DataViewRowId>();
        }

        public void AddBoolean()
        {
            AddFromBoolean<sbyte>();
            AddFromBoolean<short>();
            AddFromBoolean<int>();
            AddFromBoolean<long>();
            AddFromBoolean<float>();
            AddFromBoolean<double>();
            Add((in bool src, ref bool dst) => dst = src);
            Add((in bool src, ref ReadOnlyMemory<char> dst) => dst = Formatter.ToText(src));
        }

        public void AddTimes()
        {
            AddFromTicks(static (TimeSpan value) => value.Ticks);
            AddFromTicks(static (DateTime value) => value.Ticks);
            AddFromTicks(static (DateTimeOffset value) => value.UtcTicks);
            Add((in DateTime src, ref DateTime dst) => dst = src);
        }

        public void AddFromText()
        {
            AddParsedOrThrow<sbyte>("sbyte");
            AddParsedOrThrow<short>("short");
            AddParsedOrThrow<int>("int");
            AddParsedOrThrow<long>("long");
            AddParsed<byte>();
            AddParsed<ushort>();
            AddParsed<uint>();
            AddParsed<ulong>();
            AddParsed<bool>();
            AddParsed<TimeSpan>();
            AddParsed<DateTime>();
            AddParsed<DateTimeOffset>();
            Add((in ReadOnlyMemory<char> src, ref float dst) => Parser.TryParse(src.Span, out dst));
            Add((in ReadOnlyMemory<char> src, ref double dst) => Parser.TryParse(src.Span, out dst));
            Add((in ReadOnlyMemory<char> src, ref ReadOnlyMemory<char> dst) => dst = src);
            Add((in ReadOnlyMemory<char> src, ref DataViewRowId dst) =>
            {
                Parser.TryParseRowId(src.Span, out ulong low, out ulong high);
                dst = new DataViewRowId(low, high);
            });
        }

        private void Add<TSrc, TDst>(ValueMapper<TSrc, TDst> mapper) => Mappers.Add((typeof(TSrc), typeof(TDst)), mapper);

        private void AddFromInteger<T>() where T : struct, IBinaryInteger<T>
        {
            Add((in T src, ref float dst) => dst = float.CreateTruncating(src));
            Add((in T src, ref double dst) => dst = double.CreateTruncating(src));
            Add((in T src, ref bool dst) => dst = !T.IsZero(src));
            AddToText<T>();
        }

        private void AddTruncating<TSrc, TDst>() where TSrc : struct, IBinaryInteger<TSrc> where TDst : struct, IBinaryInteger<TDst> =>
            Add((in TSrc src, ref TDst dst) => dst = TDst.CreateTruncating(src));

        private void AddFitting<TSrc, TDst>() where TSrc : struct, IBinaryInteger<TSrc> where TDst : struct, IBinaryInteger<TDst>, IMinMaxValue<TDst> =>
            Add((in TSrc src, ref TDst dst) => dst = FitOrZero<TDst>(ulong.CreateTruncating(src)));

        private void AddFittingRowId<TDst>() where TDst : struct, IBinaryInteger<TDst>, IMinMaxValue<TDst> =>
            Add((in DataViewRowId src, ref TDst dst) => dst = src.High == 0 ? FitOrZero<TDst>(src.Low) : TDst.Zero);

        private void AddFromBoolean<T>() where T : struct, INumber<T> =>
            Add((in bool src, ref T dst) => dst = src ? T.One : T.Zero);

        private void AddFromTicks<T>(Func<T, long> ticks)
        {
            Add((in T src, ref long dst) => dst = ticks(src));
            Add((in T src, ref float dst) => dst = ticks(src));
            Add((in T src, ref double dst) => dst = ticks(src));
            AddToText<T>();
        }

        private void AddToText<T>() => Add((in T src, ref ReadOnlyMemory<char> dst) => dst = Formatter.ToText(in src));

        private void AddParsed<T>()
        {
            var parser = Parser.Get<T>();
            Add((in ReadOnlyMemory<char> src, ref T dst) => parser(src.Span, out dst));
        }

        private void AddParsedOrThrow<T>(string keyword)
        {
            var parser = Parser.Get<T>();
            Add((in ReadOnlyMemory<char> src, ref T dst) =>
            {
                if (!parser(src.Span, out dst))
                    throw Contracts.Except($"Value '{src}' could not be parsed from text to {keyword}.");
            });
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T FitOrZero<T>(ulong value) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
            value <= ulong.CreateTruncating(T.MaxValue) ? T.CreateTruncating(value) : T.Zero;
    }
}
