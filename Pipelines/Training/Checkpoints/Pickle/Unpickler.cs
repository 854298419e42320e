using System.Buffers.Binary;
using System.Text;

namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// Reads the pickle of a checkpoint. It knows the opcodes and the globals that describe tensors in a dict, and refuses every other
/// one by name; it calls nothing and imports nothing.
/// </summary>
/// <remarks>Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py</remarks>
internal ref struct Unpickler
{
    /// <summary>The longest pickle that is read, in bytes; one tensor takes about 150.</summary>
    public const int MaximumLength = 32 << 20;

    private const int MaximumSteps = 8_000_000;
    private const int HighestProtocol = 5;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly object Mark = new();
    private static readonly object EmptyTuple = Array.Empty<object>();
    private static readonly object True = true, False = false;

    private readonly string _file;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<object> _stack = [];
    private readonly Dictionary<long, object> _memo = [];
    private int _position;
    private int _opcodeAt;

    private Unpickler(ReadOnlySpan<byte> bytes, string file)
    {
        _bytes = bytes;
        _file = file;
    }

    /// <summary>The one object of a pickle.</summary>
    /// <exception cref="CheckpointException">The pickle is not valid, or does something else than describe tensors.</exception>
    public static object Read(ReadOnlySpan<byte> bytes, string file) => new Unpickler(bytes, file).Run();

    private object Run()
    {
        for (int step = 0; step < MaximumSteps; step++)
        {
            _opcodeAt = _position;
            byte opcode = Take(1)[0];
            if (opcode != (byte)'.')
            {
                Do(opcode);
                continue;
            }
            var result = Pop();
            if (_stack.Count > 0 || _position != _bytes.Length)
                throw Bad("it leaves something behind when it stops");
            return result;
        }
        throw Bad(FormattableString.Invariant($"it takes more than the {MaximumSteps} steps that are allowed"));
    }

    private void Do(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                byte protocol = Take(1)[0];
                if (protocol > HighestProtocol)
                    throw Bad(FormattableString.Invariant($"it has protocol {protocol}; up to {HighestProtocol} can be read"));
                break;
            case 0x95: // FRAME
                if (BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) > (ulong)(_bytes.Length - _position))
                    throw Bad("a frame of it is cut off");
                break;
            case (byte)'(': // MARK
                _stack.Add(Mark);
                break;
            case (byte)'N': // NONE
                _stack.Add(PickleNone.Value);
                break;
            case 0x88: // NEWTRUE
                _stack.Add(True);
                break;
            case 0x89: // NEWFALSE
                _stack.Add(False);
                break;
            case (byte)'J': // BININT
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case (byte)'K': // BININT1
                _stack.Add((long)Take(1)[0]);
                break;
            case (byte)'M': // BININT2
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case 0x8a: // LONG1
                _stack.Add(Long(Take(Take(1)[0])));
                break;
            case (byte)'G': // BINFLOAT
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X': // BINUNICODE
                _stack.Add(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))));
                break;
            case 0x8c: // SHORT_BINUNICODE
                _stack.Add(Text(Take(Take(1)[0])));
                break;
            case (byte)')': // EMPTY_TUPLE
                _stack.Add(EmptyTuple);
                break;
            case (byte)'t': // TUPLE
                _stack.Add(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                _stack.Add(PopMany(opcode - 0x84));
                break;
            case (byte)']': // EMPTY_LIST
                _stack.Add(new PickleList());
                break;
            case (byte)'a': // APPEND
                var item = Pop();
                Top<PickleList>("a list").Items.Add(item);
                break;
            case (byte)'e': // APPENDS
                var items = PopToMark();
                Top<PickleList>("a list").Items.AddRange(items);
                break;
            case (byte)'}': // EMPTY_DICT
                _stack.Add(new PickleDictionary());
                break;
            case (byte)'s': // SETITEM
                SetItems(PopMany(2));
                break;
            case (byte)'u': // SETITEMS
                SetItems(PopToMark());
                break;
            case (byte)'q': // BINPUT
                _memo[Take(1)[0]] = Peek();
                break;
            case (byte)'r': // LONG_BINPUT
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                break;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = Peek();
                break;
            case (byte)'h': // BINGET
                _stack.Add(Recall(Take(1)[0]));
                break;
            case (byte)'j': // LONG_BINGET
                _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case (byte)'c': // GLOBAL
                _stack.Add(Global(Line(), Line()));
                break;
            case 0x93: // STACK_GLOBAL
                var name = Pop();
                var module = Pop();
                _stack.Add(module is string m && name is string n ? Global(m, n) : throw Bad("it names a global by something other than text"));
                break;
            case (byte)'Q': // BINPERSID
                _stack.Add(Storage(Pop()));
                break;
            case (byte)'R': // REDUCE
                var arguments = Pop();
                _stack.Add(Reduce(Pop(), arguments));
                break;
            case (byte)'b': // BUILD
                Build(Pop());
                break;
            default:
                throw Bad($"it has the opcode {OpcodeNames.Of(opcode)} at byte {_opcodeAt}, which no checkpoint of plain tensors needs");
        }
    }

    private readonly CheckpointException Bad(string reason) => CheckpointErrors.Refused(_file, $"{reason}; only tensors in a dict are read from a pickle, and nothing is executed");

    private readonly CheckpointException CutOff() => CheckpointErrors.Damaged(_file, FormattableString.Invariant($"the pickle is cut off at byte {_opcodeAt}"));

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > (uint)(_bytes.Length - _position))
            throw CutOff();
        var taken = _bytes.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private string Line()
    {
        int length = _bytes[_position..].IndexOf((byte)'\n');
        if (length < 0)
            throw CutOff();
        var line = Text(Take((uint)length));
        _position++;
        return line;
    }

    private readonly string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad(FormattableString.Invariant($"it holds text that is not valid UTF-8 at byte {_opcodeAt}"));
        }
    }

    private readonly object Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
            throw Bad("it holds a number of more than 64 bits");
        long value = 0;
        for (int i = 0; i < bytes.Length; i++)
            value |= (long)bytes[i] << (8 * i);
        int unused = 64 - (8 * bytes.Length);
        return bytes.Length == 0 ? 0L : value << unused >> unused;
    }

    private readonly object Peek() => _stack.Count > 0 && _stack[^1] != Mark ? _stack[^1] : throw Bad("it takes a value that is not there");

    private readonly object Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object[] PopMany(int count)
    {
        var values = new object[count];
        for (int i = count - 1; i >= 0; i--)
            values[i] = Pop();
        return values;
    }

    private readonly object[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw Bad("it takes values up to a mark that is not there");
        var values = _stack.GetRange(mark + 1, _stack.Count - mark - 1).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private readonly T Top<T>(string what) where T : class => Peek() as T ?? throw Bad($"it treats something as {what} that is none");

    private readonly object Recall(long index) => _memo.TryGetValue(index, out var value) ? value : throw Bad(FormattableString.Invariant($"it recalls memo {index}, which it never stored"));

    private readonly void SetItems(object[] values)
    {
        if (values.Length % 2 != 0)
            throw Bad("it gives a dict a key without a value");
        var target = Top<PickleDictionary>("a dict").Items;
        for (int i = 0; i < values.Length; i += 2)
            target.Add((values[i], values[i + 1]));
    }

    private readonly PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return global.IsAllowed ? global : throw Bad($"it imports '{CheckpointErrors.Printable(global.ToString())}'");
    }

    private readonly PickleStorage Storage(object id)
    {
        if (id is not object[] { Length: 5 } parts || parts is not ["storage", PickleGlobal global, string key, string, long count] || global.StorageType is not { } type || count < 0)
            throw Bad("it refers to something outside that is not a storage of numbers");
        return new PickleStorage(key, type, count);
    }

    private readonly object Reduce(object callable, object arguments)
    {
        if (callable is not PickleGlobal global || arguments is not object[] values)
            throw Bad("it calls something that is not a function");
        if (global.IsOrderedDictionary && values.Length == 0)
            return new PickleDictionary();
        if (global.IsRebuildParameter && values is [PickleTensor parameter, bool, PickleDictionary])
            return parameter;
        if (global.IsRebuildTensor)
            return Tensor(values);
        throw Bad($"it calls '{global}' with arguments that it does not take in a checkpoint");
    }

    private readonly PickleTensor Tensor(object[] values)
    {
        bool isKnown = values is [PickleStorage, long, object[], object[], bool, PickleDictionary] or [PickleStorage, long, object[], object[], bool, PickleDictionary, PickleDictionary { Items.Count: 0 }];
        if (!isKnown)
            throw Bad("it describes a tensor by something other than storage, offset, shape and strides");
        return new PickleTensor((PickleStorage)values[0], (long)values[1], Numbers((object[])values[2]), Numbers((object[])values[3]));
    }

    private readonly long[] Numbers(object[] values)
    {
        var numbers = new long[values.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = values[i] is long number ? number : throw Bad("it describes the shape of a tensor by something other than whole numbers");
        return numbers;
    }

    /// <summary>A module's dict carries version numbers as an attribute; that is the one thing an object may be built with.</summary>
    private readonly void Build(object state)
    {
        if (state is not PickleDictionary)
            throw Bad("it gives an object a state that is not a dict");
        _ = Top<PickleDictionary>("a dict");
    }
}
