using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Entities;

/// <summary>
/// Embeds entities, finds those that are alike, compares two of them, and completes their sets. As a transformer it adds the embedding and the reconstruction error of each row: the mean of the errors
/// of its features, as <see cref="FeatureReconstruction"/> has them. A category that was not trained on is embedded as if it were missing, and raises the error.
/// </summary>
/// <remarks>Immutable and thread-safe; holds no native memory. Saved through <see cref="AutoencoderCodec"/>.</remarks>
public sealed class AutoencoderTransformer : RowTransformer
{
    private readonly Dictionary<string, int> _places;
    private readonly string _embeddingColumn, _errorColumn;

    internal AutoencoderTransformer(AutoencoderModel model, EntityColumns columns, string embeddingColumn, string errorColumn, string[] ids, EntityRow[] entities)
    {
        (Model, Columns, _embeddingColumn, _errorColumn, Ids, Rows) = (model, columns, embeddingColumn, errorColumn, ids, entities);
        _places = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
            _places.Add(ids[i], i);
        Embeddings = Array.ConvertAll(entities, model.Embed);
    }

    /// <summary>The entities that were trained on, in their order.</summary>
    public IReadOnlyList<string> Entities => Ids;

    /// <summary>The numbers in an embedding.</summary>
    public int EmbeddingDimension => Model.Network.EmbeddingDimension;

    /// <summary>The column that names entities; <see langword="null"/> where they are called by their rows.</summary>
    public string? IdColumnName => Columns.Id;

    /// <summary>The columns of numbers.</summary>
    public IReadOnlyList<string> NumberColumnNames => Columns.Numbers;

    /// <summary>The columns of categories.</summary>
    public IReadOnlyList<string> CategoryColumnNames => Columns.Categories;

    /// <summary>The columns of sets.</summary>
    public IReadOnlyList<string> SetColumnNames => Columns.Sets;

    /// <summary>What stands between the members of a set in text.</summary>
    public char SetSeparator => Columns.Separator;

    internal AutoencoderModel Model { get; }

    internal EntityColumns Columns { get; }

    internal string[] Ids { get; }

    internal EntityRow[] Rows { get; }

    internal float[][] Embeddings { get; }

    internal string EmbeddingColumn => _embeddingColumn;

    internal string ErrorColumn => _errorColumn;

    /// <summary>The embedding of an entity; a copy.</summary>
    /// <exception cref="KeyNotFoundException">It was not trained on.</exception>
    public float[] Embed(string entity) => [.. Embeddings[Find(entity)]];

    /// <summary>The embedding of an entity that was not trained on.</summary>
    /// <exception cref="ArgumentException">A feature is not one of the columns, or a number is infinite.</exception>
    public float[] Embed(EntityFeatures entity) => Model.Embed(Model.Space.Encode(entity));

    /// <summary>The entities that are most alike an entity, by the cosine of their embeddings; of equal ones the earlier first.</summary>
    /// <param name="entity">The entity, which is left out.</param>
    /// <param name="k">How many; above 0. There are fewer where fewer are left.</param>
    /// <exception cref="KeyNotFoundException">It was not trained on.</exception>
    public IReadOnlyList<SimilarEntity> Nearest(string entity, int k)
    {
        int place = Find(entity);
        return Nearest(Embeddings[place], k, place);
    }

    /// <summary>The entities that are most alike one that was not trained on.</summary>
    /// <param name="entity">What is known of it.</param>
    /// <param name="k">How many; above 0.</param>
    /// <exception cref="ArgumentException">A feature is not one of the columns, or a number is infinite.</exception>
    public IReadOnlyList<SimilarEntity> Nearest(EntityFeatures entity, int k) => Nearest(Embed(entity), k, -1);

    /// <summary>Compares two entities feature by feature.</summary>
    /// <exception cref="KeyNotFoundException">One of them was not trained on.</exception>
    public EntityComparison Compare(string first, string second) => EntityComparison.Of(Model, first, Rows[Find(first)], second, Rows[Find(second)]);

    /// <summary>Compares two entities of which at least one was not trained on.</summary>
    /// <param name="firstName">What the first is called.</param>
    /// <param name="first">What is known of it; <see cref="FeaturesOf"/> where it was trained on.</param>
    /// <param name="secondName">What the second is called.</param>
    /// <param name="second">What is known of it.</param>
    /// <exception cref="ArgumentException">A feature is not one of the columns, or a number is infinite.</exception>
    public EntityComparison Compare(string firstName, EntityFeatures first, string secondName, EntityFeatures second)
    {
        ArgumentNullException.ThrowIfNull(firstName);
        ArgumentNullException.ThrowIfNull(secondName);
        return EntityComparison.Of(Model, firstName, Model.Space.Encode(first), secondName, Model.Space.Encode(second));
    }

    /// <summary>What is known of an entity that was trained on.</summary>
    /// <exception cref="KeyNotFoundException">It was not trained on.</exception>
    public EntityFeatures FeaturesOf(string entity) => Model.Space.Decode(Rows[Find(entity)]);

    /// <summary>The members of the sets of a column that were trained on, in ordinal order; a copy.</summary>
    /// <exception cref="ArgumentException">There is no such column of sets.</exception>
    public IReadOnlyList<string> MembersOf(string setColumnName) => [.. Model.Space.Sets[Model.Space.FindSet(setColumnName)].Members];

    /// <summary>Makes what completes sets of a column.</summary>
    /// <param name="setColumnName">The column; <see langword="null"/> where there is only one.</param>
    /// <param name="options">How much similarity and co-occurrence weigh; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">There is no such column of sets, or options are out of range.</exception>
    public BuildRecommender BuildRecommender(string? setColumnName = null, BuildRecommenderOptions? options = null)
    {
        options ??= new BuildRecommenderOptions();
        options.Validate();
        var sets = Model.Space.Sets;
        if (setColumnName is null && sets.Length != 1)
            throw EntityErrors.UnknownFeature("", "column of sets", sets.Select(set => set.Name));
        return new BuildRecommender(this, setColumnName is null ? 0 : Model.Space.FindSet(setColumnName), options);
    }

    /// <summary>Measures reconstruction and, where there are sets, how well they are completed; best on entities that were not trained on.</summary>
    /// <param name="data">The entities.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public EntityMetrics Evaluate(IDataView data, EntityEvaluationOptions? options = null) => EntityMetrics.Of(this, data, options ?? new EntityEvaluationOptions());

    internal int Find(string entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return _places.TryGetValue(entity, out int place) ? place : throw EntityErrors.UnknownEntity(entity);
    }

    internal int FindOrNone(string? entity) => entity is not null && _places.TryGetValue(entity, out int place) ? place : -1;

    internal IReadOnlyList<SimilarEntity> Nearest(float[] embedding, int k, int without)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        return [.. Enumerable.Range(0, Ids.Length).Where(place => place != without)
            .Select(place => new SimilarEntity(Ids[place], AutoencoderModel.Similarity(embedding, Embeddings[place])))
            .OrderByDescending(entity => entity.Similarity)
            .Take(k)];
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new Mapping(this, inputSchema, new EntityReader(inputSchema, Columns, withId: false));

    private sealed class Mapping(AutoencoderTransformer parent, DataViewSchema inputSchema, EntityReader reader) : BatchMapping<EntityRow, EntityDescription>(
        inputSchema,
        reader.Columns,
        new DataViewSchema.DetachedColumn(parent._embeddingColumn, new VectorDataViewType(NumberDataViewType.Single, parent.EmbeddingDimension)),
        new DataViewSchema.DetachedColumn(parent._errorColumn, NumberDataViewType.Single))
    {
        protected override Func<EntityRow> MakeReader(DataViewRow input)
        {
            var read = reader.MakeReader(input);
            return () => parent.Model.Space.Encode(read());
        }

        protected override EntityDescription[] Compute(IReadOnlyList<EntityRow> items) => [.. items.Select(parent.Model.Describe)];

        protected override Delegate MakeGetter(int output, Func<EntityDescription> current) => output == 0
            ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(current().Embedding, ref value))
            : (ValueGetter<float>)((ref float value) => value = current().Error);

        private static void Copy(float[] embedding, ref VBuffer<float> value)
        {
            var editor = VBufferEditor.Create(ref value, embedding.Length);
            embedding.CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}

/// <summary>An entity that is like another.</summary>
/// <param name="EntityId">The entity.</param>
/// <param name="Similarity">The cosine of the embeddings, at most 1.</param>
public readonly record struct SimilarEntity(string EntityId, float Similarity);
