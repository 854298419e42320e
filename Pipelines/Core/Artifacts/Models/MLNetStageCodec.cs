using Microsoft.ML;

namespace MLPipelines.Artifacts;

/// <summary>ML.NET's own transformers, in ML.NET's own zip: <c>mlContext.Model.Load</c> reads it on its own as well.</summary>
public sealed class MLNetStageCodec : StageCodec
{
    internal const string KindName = "mlnet";

    private const string ModelFile = "model.zip";

    private readonly MLContext _context;

    /// <summary>A codec that loads into the given context.</summary>
    public MLNetStageCodec(MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) =>
        transformer?.GetType().Namespace is { } name && (name == "Microsoft.ML" || name.StartsWith("Microsoft.ML.", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override void Write(ITransformer transformer, StageWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Add(ModelFile, "model", target => Save(_context, transformer, null, target));
    }

    /// <inheritdoc/>
    public override ITransformer Read(StageReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        using var stream = reader.OpenRead(ModelFile);
        return Load(_context, stream, reader.Location + ModelFile).Model;
    }

    /// <summary>Saves a model, a schema or both so that the same model gives the same bytes.</summary>
    internal static void Save(MLContext context, ITransformer model, DataViewSchema? schema, Stream target)
    {
        using var zip = new SpoolStream();
        context.Model.Save(model, schema, zip);
        zip.Position = 0;
        PlainZip.Repack(zip, target);
    }

    /// <param name="context">Where the model is loaded.</param>
    /// <param name="zip">What <see cref="Save"/> wrote.</param>
    /// <param name="location">Where it stands, for messages.</param>
    internal static (ITransformer Model, DataViewSchema? Schema) Load(MLContext context, Stream zip, string location)
    {
        try
        {
            CheckComponents(zip, location);
            zip.Position = 0;
            var model = context.Model.Load(zip, out var schema);
            return (model, schema);
        }
        catch (Exception e) when (e is not (ArtifactException or OperationCanceledException or OutOfMemoryException))
        {
            throw new ArtifactException($"The artifact '{location}' is refused: it is not a model that ML.NET can load ({ArtifactThrow.Printable(e.Message)}).", e);
        }
    }

    private static void CheckComponents(Stream zip, string location)
    {
        foreach (var item in ZipDirectory.Read(zip, location, new ArtifactTrustOptions()))
        {
            zip.Position = item.DataOffset;
            var component = MLNetModelGuard.ReadComponent(zip, item.Length);
            if (MLNetModelGuard.FaultOf(component) is { } fault)
                ArtifactThrow.Entry(location, item.Name, fault);
        }
    }
}
