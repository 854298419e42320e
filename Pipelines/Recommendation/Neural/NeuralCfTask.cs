using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Recommendation;

/// <summary>Learns to tell interactions from pairs drawn at random; an example is an interaction.</summary>
/// <param name="module">The network.</param>
/// <param name="data">All interactions.</param>
/// <param name="train">The places of those to train on.</param>
/// <param name="held">The places of those held out; null where there are none.</param>
/// <param name="options">The options.</param>
internal sealed class NeuralCfTask(NeuralCfModule module, InteractionMatrix data, int[] train, int[]? held, NeuralCfOptions options) : TrainingTask
{
    public const string Ndcg = "NDCG@10";
    public const string HitRate = "HR@10";
    private const int K = 10;
    private const int UsersToRank = 500;
    private const int MostDraws = 100;

    private readonly int[] _userOf = UsersOf(data);
    private readonly InteractionMatrix _known = held is null ? data : Only(data, train);
    private readonly double _meanWeight = data.Weights is null ? 1 : train.Average(at => data.Weight(at));

    public override torch.nn.Module Module => module;

    public override int ExampleCount => train.Length;

    public override int LengthOf(int example) => 1;

    public override string DataFingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes(data.Starts.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(data.Others.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(data.Weights.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(train.AsSpan()));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public override bool Decays(string parameterName) => !parameterName.Contains("bias", StringComparison.Ordinal);

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        int each = 1 + options.NegativeRatio, count = examples.Length * each;
        var users = new long[count];
        var items = new long[count];
        var labels = new float[count];
        var weights = new float[count];
        var random = new SplitMix64((ulong)context.Seed);
        for (int i = 0; i < examples.Length; i++)
        {
            int at = train[examples[i]], user = _userOf[at], first = i * each;
            users.AsSpan(first, each).Fill(user);
            items[first] = data.Others[at];
            labels[first] = 1;
            weights[first] = (float)(data.Weight(at) / _meanWeight);
            for (int n = 1; n < each; n++)
                (items[first + n], weights[first + n]) = Draw(user, ref random) is >= 0 and var other ? (other, 1) : (0, 0);
        }
        var logits = module.forward(torch.tensor(users, device: context.Device), torch.tensor(items, device: context.Device));
        var weight = weights.AsSpan().ContainsAnyExcept(1f) ? torch.tensor(weights, device: context.Device) : null;
        return new MicroBatchLoss(torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(labels, device: context.Device), weight), examples.Length);
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (held is null)
            return null;
        var model = new NeuralCfModel(_known, module.ToWeights());
        int[][] byUser = [.. held.GroupBy(at => _userOf[at]).Select(group => group.ToArray())];
        var order = new SplitMix64((ulong)options.Seed);
        for (int i = byUser.Length - 1; i > 0; i--)
        {
            int j = order.Next(i + 1);
            (byUser[i], byUser[j]) = (byUser[j], byUser[i]);
        }
        var gains = new double[Math.Min(UsersToRank, byUser.Length)];
        var hits = new double[gains.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken };
        Parallel.For(0, gains.Length, parallel, () => new float[model.ItemCount], (i, _, scores) =>
        {
            (gains[i], hits[i]) = Rank(model, byUser[i], scores);
            return scores;
        }, _ => { });
        double ndcg = gains.Average();
        return new ValidationResult(Ndcg, ndcg, true, new Dictionary<string, double> { [Ndcg] = ndcg, [HitRate] = hits.Average() });
    }

    private (double Gain, double Hit) Rank(NeuralCfModel model, int[] places, float[] scores)
    {
        int user = _userOf[places[0]];
        model.Score(_known.History(user), scores);
        foreach (int item in _known.Of(user))
            scores[item] = float.NegativeInfinity;
        var top = new TopItems(Math.Min(K, scores.Length));
        top.Select(scores);
        double gain = 0, ideal = 0;
        for (int i = 0; i < top.Items.Length; i++)
        {
            int item = top.Items[i];
            if (Array.Exists(places, at => data.Others[at] == item))
                gain += 1 / Math.Log2(i + 2);
        }
        for (int i = 0; i < Math.Min(K, places.Length); i++)
            ideal += 1 / Math.Log2(i + 2);
        return (gain / ideal, gain > 0 ? 1 : 0);
    }

    /// <summary>An item that the user has not; -1 where he seems to have them all.</summary>
    private int Draw(int user, ref SplitMix64 random)
    {
        for (int i = 0; i < MostDraws; i++)
        {
            int item = random.Next(data.Items.Count);
            if (!_known.Contains(user, item))
                return item;
        }
        return -1;
    }

    private static int[] UsersOf(InteractionMatrix data)
    {
        var users = new int[data.Count];
        for (int user = 0; user < data.Users.Count; user++)
            users.AsSpan(data.Starts[user], data.Degree(user)).Fill(user);
        return users;
    }

    private static InteractionMatrix Only(InteractionMatrix data, int[] places)
    {
        var starts = new int[data.Starts.Length];
        int next = 0;
        for (int user = 0; user < data.Users.Count; user++)
        {
            while (next < places.Length && places[next] < data.Starts[user + 1])
                next++;
            starts[user + 1] = next;
        }
        return new InteractionMatrix(data.Users, data.Items, starts, Array.ConvertAll(places, at => data.Others[at]), data.Weights is null ? null : Array.ConvertAll(places, at => data.Weights[at]), null);
    }
}
