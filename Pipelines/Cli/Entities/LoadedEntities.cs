using System.CommandLine;
using Microsoft.ML;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Entities;

namespace MLPipelines.Cli.Entities;

/// <summary>A published autoencoder, and a table of further entities where one is given.</summary>
internal sealed class LoadedEntities
{
    public static readonly Argument<string> Reference = ArtifactReference.Argument();
    public static readonly Option<string?> Data = new("--data") { Description = "A table in which entities are looked for first; columns that it lacks are missing values. Those trained on are in the artifact.", HelpName = "FILE" };
    public static readonly Option<string?> Separator = CommonOptions.Separator();

    private readonly EntityTable? _table;

    private LoadedEntities(AutoencoderTransformer model, EntityTable? table)
    {
        (Model, _table) = (model, table);
    }

    public AutoencoderTransformer Model { get; }

    /// <summary>Loads the autoencoder, of which every byte is checked, and the table.</summary>
    /// <param name="invocation">What is asked for.</param>
    /// <param name="faults">What is wrong with the command line so far.</param>
    public static LoadedEntities Load(Invocation invocation, List<string> faults)
    {
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        // An autoencoder holds nothing that must be disposed of; anything else is disposed of here.
        var loaded = Models.Package(new MLContext(1)).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        if (loaded.Model is AutoencoderTransformer model)
            return new LoadedEntities(model, invocation.Get(Data) is { } file ? ReadTable(invocation, model, file, separator) : null);
        using (loaded)
            throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}'; this command needs an autoencoder, which 'mlp train autoencoder' makes.");
    }

    /// <summary>What is known of an entity, from the table, or else from training.</summary>
    /// <param name="id">The entity.</param>
    /// <param name="isNew">Whether it is from the table.</param>
    /// <exception cref="CommandFailure">It is in neither.</exception>
    public EntityFeatures Find(string id, out bool isNew)
    {
        var found = _table?.Find(id, Model.SetSeparator);
        isNew = found is not null;
        try
        {
            return found ?? Model.FeaturesOf(id);
        }
        catch (KeyNotFoundException e)
        {
            throw new CommandFailure(ExitCode.Data, _table is null
                ? $"The entity '{id}' is not among the {Model.Entities.Count} in the artifact; --data names a table that has it."
                : $"{_table.File}: there is no entity '{id}' in column '{_table.Columns.Id}', nor in the artifact.", e);
        }
    }

    private static EntityTable ReadTable(Invocation invocation, AutoencoderTransformer model, string file, char? separator)
    {
        string[] header = EntityTable.HeaderOf(file, separator);
        var columns = new EntityTableColumns(model.IdColumnName!, Present(model.NumberColumnNames), Present(model.CategoryColumnNames), Present(model.SetColumnNames));
        string[] missing = [.. model.NumberColumnNames.Concat(model.CategoryColumnNames).Concat(model.SetColumnNames).Except(columns.Features, StringComparer.Ordinal)];
        if (columns.Features.Length == 0)
            throw new CommandFailure(ExitCode.Data, $"{file}: there is none of the columns {string.Join(", ", missing)} that the autoencoder was trained on.");
        if (missing.Length > 0)
            invocation.Terminal.Note($"{file} lacks the columns {string.Join(", ", missing)}, which count as missing");
        return EntityTable.Read(file, columns.Id, columns.Features, _ => columns, separator, null, invocation.Cancellation);

        string[] Present(IReadOnlyList<string> names) => [.. names.Where(name => header.Contains(name, StringComparer.Ordinal))];
    }
}
