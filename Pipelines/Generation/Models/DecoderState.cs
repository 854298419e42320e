using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>A batch that is being decoded: the encoder's output, and the keys and values of past tokens.</summary>
internal sealed unsafe class DecoderState : IDecoderState
{
    public delegate void LogitsReader(int position, ReadOnlySpan<float> logits);

    private readonly DecoderGraphs _graphs;
    private readonly GenerationConfig _config;
    private readonly int _promptLength;
    private readonly CacheTensor _mask;
    private readonly List<CacheTensor> _cross = [];
    private readonly NativeBuffer _ids = new();
    private readonly NativeBuffer _logits = new();
    private readonly NativeBuffer _converted = new();
    private readonly NativeBuffer _aside = new();
    private readonly bool[] _useCache = [false];
    private OrtValue? _hidden;
    private CacheTensor? _keptHidden;
    private PastCache? _own;
    private TensorElementType _logitsType;
    private int[] _promptOf;

    /// <param name="graphs">The graphs; not owned.</param>
    /// <param name="config">The sizes of heads, for graphs that do not have them.</param>
    /// <param name="hidden">[rows, prompt length, hidden size]; owned.</param>
    /// <param name="mask">[rows, prompt length]: 1 for tokens, 0 for padding.</param>
    /// <param name="rows">The number of prompts.</param>
    /// <param name="promptLength">The padded length of the prompts.</param>
    /// <param name="vocabulary">The number of logits that is expected.</param>
    public DecoderState(DecoderGraphs graphs, GenerationConfig config, OrtValue hidden, long[] mask, int rows, int promptLength, int vocabulary)
    {
        (_graphs, _config, _hidden, _promptLength, Rows, VocabularySize) = (graphs, config, hidden, promptLength, rows, vocabulary);
        _mask = new CacheTensor(TensorElementType.Int64, sizeof(long), [promptLength]);
        _mask.Fill(mask, rows);
        _promptOf = [.. Enumerable.Range(0, rows)];
    }

    /// <inheritdoc/>
    public int Rows { get; private set; }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>The encoder's output, until the first step.</summary>
    public OrtValue Hidden => _hidden!;

    /// <inheritdoc/>
    public Span<float> Start(ReadOnlySpan<int> tokens, int copies, CancellationToken cancellationToken)
    {
        int rows = Rows, capacity = rows * copies;
        if (_graphs.Cross is { } cross)
            StartWithoutPast(cross, tokens, capacity, cancellationToken);
        else
            StartWithFirst(tokens, copies, cancellationToken);
        _hidden!.Dispose();
        _hidden = null;
        if (copies > 1)
            Reorder([.. Enumerable.Range(0, capacity).Select(row => row / copies)]);
        return Floats(capacity);
    }

    /// <inheritdoc/>
    public Span<float> Step(ReadOnlySpan<int> tokens, CancellationToken cancellationToken)
    {
        _ids.Ensure(Rows * sizeof(long));
        TensorPrimitives.ConvertTruncating(tokens, _ids.AsSpan<long>(Rows));
        _useCache[0] = true;
        var inputs = new OrtValue[_graphs.NextInputs.Length];
        var outputs = new OrtValue[_graphs.NextOutputs.Length];
        try
        {
            _own!.Lengthen(Rows);
            for (int i = 0; i < inputs.Length; i++)
                inputs[i] = NextInput(i);
            outputs[0] = _logits.View(_logitsType, [Rows, 1, VocabularySize], ElementSize(_logitsType));
            for (int i = 0; i < _own.Count; i++)
                outputs[1 + i] = _own.NextView(i, Rows);
            _graphs.Next.Run(_graphs.NextInputs, inputs, _graphs.NextOutputs, outputs, cancellationToken);
        }
        finally
        {
            foreach (var value in inputs)
                value?.Dispose();
            foreach (var value in outputs)
                value?.Dispose();
        }
        _own.Advance();
        return Floats(Rows);
    }

    /// <inheritdoc/>
    public void Reorder(ReadOnlySpan<int> sources)
    {
        var moves = RowMoves.Of(sources);
        _own!.Move(moves, _aside);
        // Beams of one prompt share what is known of the prompt: only where a row gets another prompt does that move.
        var prompts = new int[sources.Length];
        var promptSources = new int[sources.Length];
        for (int row = 0; row < prompts.Length; row++)
        {
            prompts[row] = _promptOf[sources[row]];
            promptSources[row] = row < _promptOf.Length && _promptOf[row] == prompts[row] ? row : sources[row];
        }
        _promptOf = prompts;
        Rows = sources.Length;
        var promptMoves = RowMoves.Of(promptSources);
        if (promptMoves.Moves.Count == 0)
            return;
        foreach (var tensor in _cross)
            tensor.Move(promptMoves, Rows, _aside);
        _mask.Move(promptMoves, Rows, _aside);
        _keptHidden?.Move(promptMoves, Rows, _aside);
    }

    /// <summary>Runs over tokens and reads the logits of every position of row 0. The state is of no use afterwards.</summary>
    public void ReadAll(ReadOnlySpan<int> tokens, LogitsReader read, CancellationToken cancellationToken)
    {
        using var logits = RunFirst(tokens, [DecoderGraphs.Logits], cancellationToken)[0];
        var floats = new float[VocabularySize];
        _logitsType = logits.GetTensorTypeAndShape().ElementDataType;
        for (int position = 0; position < tokens.Length; position++)
        {
            if (_logitsType == TensorElementType.Float)
                logits.GetTensorDataAsSpan<float>().Slice(position * VocabularySize, VocabularySize).CopyTo(floats);
            else
                TensorPrimitives.ConvertToSingle(Halves(logits).Slice(position * VocabularySize, VocabularySize), floats);
            read(position, floats);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hidden?.Dispose();
        _mask.Dispose();
        _keptHidden?.Dispose();
        _own?.Dispose();
        foreach (var tensor in _cross)
            tensor.Dispose();
        _ids.Dispose();
        _logits.Dispose();
        _converted.Dispose();
        _aside.Dispose();
    }

    // The first decoder gives the logits, and all keys and values.
    private void StartWithFirst(ReadOnlySpan<int> tokens, int copies, CancellationToken cancellationToken)
    {
        int rows = Rows, capacity = rows * copies;
        var values = RunFirst(tokens, _graphs.FirstOutputs, cancellationToken);
        try
        {
            _logitsType = values[0].GetTensorTypeAndShape().ElementDataType;
            _logits.Ensure((long)capacity * VocabularySize * ElementSize(_logitsType));
            CopyLast(values[0], tokens.Length, copies);
            var own = values.AsSpan(1, _graphs.OwnNames.Length);
            _own = new PastCache(Array.ConvertAll(own.ToArray(), KindOf), _graphs.OwnLag, capacity);
            _own.Fill(own, tokens.Length, rows);
            foreach (var value in values.AsSpan(1 + own.Length))
                _cross.Add(Keep(value, rows, capacity));
            if (_graphs.NextNeedsHiddenStates)
                _keptHidden = Keep(_hidden!, rows, capacity);
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    // Keys and values over the prompt come alone; then the decoder of later steps goes over the first tokens too, one by one.
    private void StartWithoutPast(OnnxModel cross, ReadOnlySpan<int> tokens, int capacity, CancellationToken cancellationToken)
    {
        int rows = Rows;
        var kinds = Array.ConvertAll(_graphs.CrossNames, name => cross.Output(name) is { Dimensions: [_, > 0 and var heads, _, > 0 and var size], ElementType: var type }
            ? new PastKind(type, ElementSize(type), heads, size) : default);
        if (kinds.Contains(default))
            kinds = FillCross(cross, capacity, cancellationToken);
        else
            WriteCross(cross, kinds, capacity, cancellationToken);
        _own = new PastCache(kinds, _graphs.OwnLag, capacity);
        if (_graphs.NextNeedsHiddenStates)
            _keptHidden = Keep(_hidden!, rows, capacity);
        var logits = _graphs.NextInfo.Outputs.First(output => output.Name == DecoderGraphs.Logits);
        if (logits.Dimensions is [.., > 0 and var size] && size != VocabularySize)
            throw GenerationErrors.BadShape(DecoderGraphs.Logits, [.. logits.Dimensions], $"[…, {VocabularySize}], as config.json says");
        _logitsType = logits.ElementType;
        long rowBytes = (long)VocabularySize * ElementSize(_logitsType);
        _logits.Ensure(rowBytes * capacity);
        var step = new int[rows];
        foreach (int token in tokens)
        {
            step.AsSpan().Fill(token);
            Step(step, cancellationToken);
        }
        // From the end on, so that no row is overwritten before it is copied.
        for (int row = capacity - 1, copies = capacity / rows; row > 0; row--)
            Buffer.MemoryCopy(_logits.Pointer + row / copies * rowBytes, _logits.Pointer + row * rowBytes, rowBytes, rowBytes);
    }

    // Where the graph says how large they are, they are written where they stay.
    private void WriteCross(OnnxModel cross, PastKind[] kinds, int capacity, CancellationToken cancellationToken)
    {
        foreach (var (type, elementSize, heads, size) in kinds)
        {
            _cross.Add(new CacheTensor(type, elementSize, [heads, _promptLength, size]));
            _cross[^1].Begin(capacity);
        }
        OrtValue[] views = [.. _cross.Select(tensor => tensor.View(Rows))];
        try
        {
            cross.Run([DecoderGraphs.HiddenStates], [_hidden!], _graphs.CrossNames, views, cancellationToken);
        }
        finally
        {
            foreach (var view in views)
                view.Dispose();
        }
    }

    private PastKind[] FillCross(OnnxModel cross, int capacity, CancellationToken cancellationToken)
    {
        var values = cross.Run([DecoderGraphs.HiddenStates], [_hidden!], _graphs.CrossNames, cancellationToken);
        try
        {
            foreach (var value in values)
                _cross.Add(Keep(value, Rows, capacity));
            return Array.ConvertAll(values, KindOf);
        }
        finally
        {
            foreach (var value in values)
                value.Dispose();
        }
    }

    private static PastKind KindOf(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        return new(info.ElementDataType, ElementSize(info.ElementDataType), info.Shape[1], info.Shape[3]);
    }

    private OrtValue[] RunFirst(ReadOnlySpan<int> tokens, string[] outputNames, CancellationToken cancellationToken)
    {
        var ids = new long[Rows * tokens.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = tokens[i % tokens.Length];
        _useCache[0] = false;
        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, [Rows, tokens.Length]);
        using var maskValue = _mask.View(Rows);
        using var useCache = OrtValue.CreateTensorValueFromMemory(_useCache, [1]);
        using var noPast = NoPast();
        string[] names = [.. _graphs.FirstInfo.Inputs.Select(input => input.Name)];
        var inputs = Array.ConvertAll(names, name => name switch
        {
            DecoderGraphs.InputIds => idsValue,
            DecoderGraphs.HiddenStates => _hidden!,
            DecoderGraphs.EncoderMask => maskValue,
            DecoderGraphs.UseCache => useCache,
            _ => noPast!,
        });
        var outputs = _graphs.First.Run(names, inputs, outputNames, cancellationToken);
        long[] shape = outputs[0].GetTensorTypeAndShape().Shape;
        if (shape is not [var rows, var length, var size] || rows != Rows || length != tokens.Length || size != VocabularySize)
        {
            foreach (var value in outputs)
                value.Dispose();
            throw GenerationErrors.BadShape(DecoderGraphs.Logits, shape, $"[{Rows}, {tokens.Length}, {VocabularySize}], as config.json says");
        }
        return outputs;
    }

    // A merged graph asks for keys and values in the first step too, though it does not use them.
    private OrtValue? NoPast()
    {
        var past = _graphs.First.Inputs.FirstOrDefault(input => DecoderGraphs.IsPast(input.Name));
        if (past == null)
            return null;
        var (heads, size) = _config.DecoderHeads ?? (1, 1);
        long[] shape = [Rows, past.Dimensions[1] > 0 ? past.Dimensions[1] : heads, 0, past.Dimensions[3] > 0 ? past.Dimensions[3] : size];
        return OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, past.ElementType, shape);
    }

    private OrtValue NextInput(int index)
    {
        if (_graphs.OwnOfInput[index] is >= 0 and var own)
            return _own!.View(own, Rows);
        if (_graphs.CrossOfInput[index] is >= 0 and var cross)
            return _cross[cross].View(Rows);
        return _graphs.NextInputs[index] switch
        {
            DecoderGraphs.InputIds => _ids.View(TensorElementType.Int64, [Rows, 1], sizeof(long)),
            DecoderGraphs.EncoderMask => _mask.View(Rows),
            DecoderGraphs.HiddenStates => _keptHidden!.View(Rows),
            _ => OrtValue.CreateTensorValueFromMemory(_useCache, [1]),
        };
    }

    private static CacheTensor Keep(OrtValue value, int rows, int capacity)
    {
        var info = value.GetTensorTypeAndShape();
        var tensor = new CacheTensor(info.ElementDataType, ElementSize(info.ElementDataType), info.Shape[1..]);
        tensor.Fill(value, rows, capacity);
        return tensor;
    }

    // The logits of the last position of each row, once for each copy of it.
    private void CopyLast(OrtValue logits, int length, int copies)
    {
        int bytes = VocabularySize * ElementSize(_logitsType);
        fixed (byte* source = logits.GetTensorDataAsSpan<byte>())
        {
            for (int row = 0; row < Rows * copies; row++)
                Buffer.MemoryCopy(source + ((long)(row / copies) * length + length - 1) * bytes, _logits.Pointer + (long)row * bytes, bytes, bytes);
        }
    }

    private Span<float> Floats(int rows)
    {
        int count = rows * VocabularySize;
        if (_logitsType == TensorElementType.Float)
            return _logits.AsSpan<float>(count);
        _converted.Ensure((long)count * sizeof(float));
        var floats = _converted.AsSpan<float>(count);
        TensorPrimitives.ConvertToSingle(_logits.AsSpan<Half>(count), floats);
        return floats;
    }

    private static ReadOnlySpan<Half> Halves(OrtValue value) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(value.GetTensorDataAsSpan<byte>());

    private static int ElementSize(TensorElementType type) => type == TensorElementType.Float16 ? sizeof(ushort) : type == TensorElementType.Int64 ? sizeof(long) : sizeof(float);
}
