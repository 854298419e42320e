using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>The transformer of <see cref="OnnxScoringEstimator"/>.</summary>
/// <remarks>Thread-safe for reading. Holds native memory and should be disposed; scoring afterwards throws <see cref="ObjectDisposedException"/>.</remarks>
public sealed class OnnxTransformer : RowToRowTransformerBase, IDisposable
{
    internal const string LoaderName = ModelLoaders.OnnxLoaderName;
    private const string ModelEntry = "OnnxModel";
    private const int FormatVersion = 1;

    private readonly OnnxSource _source;
    private readonly OnnxSettings _settings;
    private readonly OnnxSession _session;

    internal OnnxTransformer(IHostEnvironment env, OnnxSource source, OnnxSettings settings)
        : base(env.Register(nameof(OnnxTransformer)))
    {
        foreach (string name in settings.Inputs)
            Contracts.CheckNonWhiteSpace(name, "inputColumnNames");
        foreach (string name in settings.Outputs)
            Contracts.CheckNonWhiteSpace(name, "outputColumnNames");
        (_source, _settings) = (source, settings);
        _session = new OnnxSession(source, settings);
        try
        {
            Inputs = [.. (settings.Inputs.Length > 0 ? settings.Inputs : _session.InputNames).Select(name => _session.Input(name, settings.Shapes))];
            Outputs = [.. (settings.Outputs.Length > 0 ? settings.Outputs : _session.OutputNames).Select(name => _session.Output(name, settings.Shapes))];
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    internal OnnxNode[] Inputs { get; }

    internal OnnxNode[] Outputs { get; }

    public void Dispose() => _session.Dispose();

    internal static OnnxTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        string[] inputs = ctx.Reader.ReadStrings(), outputs = ctx.Reader.ReadStrings();
        var shapes = new Dictionary<string, int[]>(StringComparer.Ordinal);
        for (int count = ctx.Reader.ReadCount(); count > 0; count--)
            shapes[ctx.Reader.ReadString()] = ctx.Reader.ReadArray<int>();
        return new OnnxTransformer(ctx.Env, new OnnxSource(null, ctx.ReadEntry(ModelEntry)), new OnnxSettings(inputs, outputs, shapes, null, true, null, null));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.WriteStrings([.. Inputs.Select(input => input.Name)]);
        ctx.Writer.WriteStrings([.. Outputs.Select(output => output.Name)]);
        var shapes = _settings.Shapes ?? new Dictionary<string, int[]>();
        ctx.Writer.Write(shapes.Count);
        foreach (var (name, shape) in shapes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            ctx.Writer.Write(name);
            ctx.Writer.WriteArray<int>(shape);
        }
        ctx.SaveEntry(ModelEntry, stream => stream.Write(_source.ReadBytes()));
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        int[] columns = Array.ConvertAll(Inputs, input => BindColumn(inputSchema, input));
        return new Mapper(this, inputSchema, columns);
    }

    private static int BindColumn(DataViewSchema schema, OnnxNode input)
    {
        var column = schema.GetColumnOrNull(input.Name) ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name);
        var vector = column.Type as VectorDataViewType;
        if (vector is { IsKnownSize: false })
            throw Contracts.Except("Variable length input columns not supported");
        if ((vector?.ItemType ?? column.Type) != input.ItemType)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, input.ItemType.ToString(), column.Type.ToString());
        int length = vector?.Size ?? 1;
        if (length % input.Count != 0)
            throw Contracts.Except($"Input shape mismatch: Input '{input.Name}' has shape {string.Join(",", input.Shape)}, but input data is of length {length}.");
        return column.Index;
    }

    private sealed class Mapper(OnnxTransformer parent, DataViewSchema inputSchema, int[] columns) : RowMapper(
        inputSchema, [.. parent.Outputs.Select(output => new OutputColumn(output.Name, new VectorDataViewType(output.ItemType, output.Shape), null, columns, null))])
    {
        // All outputs of a row come from one run.
        public override Delegate[] MakeGetters(DataViewRow input, bool[] activeOutputs)
        {
            var getters = new Delegate[activeOutputs.Length];
            int[] active = [.. Enumerable.Range(0, getters.Length).Where(output => activeOutputs[output])];
            if (active.Length == 0)
                return getters;
            var readers = parent.Inputs.Select((node, i) => OnnxTypes.MakeReader(input, InputSchema[columns[i]], node)).ToArray();
            string[] inputNames = Array.ConvertAll(parent.Inputs, node => node.Name), outputNames = Array.ConvertAll(active, output => parent.Outputs[output].Name);
            IDisposableReadOnlyCollection<OrtValue> values = null;
            long position = -1;
            for (int i = 0; i < active.Length; i++)
            {
                int place = i;
                getters[active[i]] = OnnxTypes.MakeGetter(parent.Outputs[active[i]], () =>
                {
                    // A row without a cursor has no position that tells whether it changed.
                    if (values == null || position != input.Position || input is not DataViewRowCursor)
                    {
                        values?.Dispose();
                        values = null;
                        values = Run(readers, inputNames, outputNames);
                        position = input.Position;
                    }
                    return values.ElementAt(place);
                });
            }
            return getters;
        }

        private IDisposableReadOnlyCollection<OrtValue> Run(Func<OrtValue>[] readers, string[] inputNames, string[] outputNames)
        {
            var inputs = new List<OrtValue>(readers.Length);
            try
            {
                foreach (var read in readers)
                    inputs.Add(read());
                return parent._session.Run(inputNames, [.. inputs], outputNames);
            }
            finally
            {
                foreach (var value in inputs)
                    value.Dispose();
            }
        }
    }
}
