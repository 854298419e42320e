using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The centroids of clusters; scores are squared distances from them.</summary>
public sealed class KMeansModelParameters : ModelParametersBase<VBuffer<float>>
{
    internal const string LoaderName = "KMeansPredictor";
    private const int FormatVersion = 1;

    private readonly float[][] _centroids;
    private readonly float[] _norms;

    internal KMeansModelParameters(IHostEnvironment env, float[][] centroids) : base(env, LoaderName)
    {
        _centroids = centroids;
        _norms = Array.ConvertAll(centroids, centroid => VectorMath.SumSq(centroid));
        FeatureType = new VectorDataViewType(NumberDataViewType.Single, centroids[0].Length);
        OutputType = new VectorDataViewType(NumberDataViewType.Single, centroids.Length);
    }

    private protected override VectorDataViewType FeatureType { get; }

    private protected override DataViewType OutputType { get; }

    /// <summary>Copies the centroids.</summary>
    /// <param name="centroids">Reused where it is long enough.</param>
    /// <param name="k">The number of clusters.</param>
    public void GetClusterCentroids(ref VBuffer<float>[] centroids, out int k)
    {
        k = _centroids.Length;
        if (centroids == null || centroids.Length < k)
            Array.Resize(ref centroids, k);
        for (int i = 0; i < k; i++)
            new VBuffer<float>(_centroids[i].Length, _centroids[i]).CopyTo(ref centroids[i]);
    }

    private protected override FeatureMapper<VBuffer<float>> MakeMapper() => (in VBuffer<float> features, ref VBuffer<float> distances) =>
    {
        int expected = _centroids[0].Length;
        if (features.Length != expected)
            throw Contracts.Except($"Incorrect number of features: expected {expected}, got {features.Length}");
        var row = new FeatureRow(features.GetValues(), features.GetIndices(), features.Length);
        float norm = row.NormSquared();
        var editor = VBufferEditor.Create(ref distances, _centroids.Length);
        for (int i = 0; i < _centroids.Length; i++)
            editor.Values[i] = Math.Max(0, -2 * row.Dot(_centroids[i]) + _norms[i] + norm);
        distances = editor.Commit();
    };

    internal static KMeansModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        int count = ctx.Reader.ReadCount(sizeof(int));
        Contracts.CheckDecode(count > 0);
        var centroids = new float[count][];
        for (int i = 0; i < count; i++)
        {
            centroids[i] = ctx.Reader.ReadArray<float>();
            Contracts.CheckDecode(centroids[i].Length > 0 && centroids[i].Length == centroids[0].Length && Array.TrueForAll(centroids[i], float.IsFinite));
        }
        return new KMeansModelParameters(ctx.Env, centroids);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(_centroids.Length);
        foreach (var centroid in _centroids)
            ctx.Writer.WriteArray<float>(centroid);
    }
}
