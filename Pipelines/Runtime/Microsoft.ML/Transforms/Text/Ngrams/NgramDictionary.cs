using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

using WeightingCriteria = NgramExtractingEstimator.WeightingCriteria;

/// <summary>Which n-grams a dictionary holds, and what they weigh.</summary>
/// <param name="Length">The length of the longest n-grams.</param>
/// <param name="Skips">How many tokens may be left out within an n-gram.</param>
/// <param name="Weighting">What they weigh.</param>
/// <param name="Limits">For each length from 1, the largest number of n-grams of that length.</param>
internal sealed record NgramSettings(int Length, int Skips, WeightingCriteria Weighting, int[] Limits)
{
    public const int DefaultMaximumCount = 10_000_000;

    /// <summary>The length of the shortest n-grams.</summary>
    public int ShortestLength { get; } = Math.Max(1, Array.FindIndex(Limits, limit => limit > 0) + 1);

    public bool UsesDocumentFrequency => Weighting is WeightingCriteria.Idf or WeightingCriteria.TfIdf;

    /// <summary>The settings that the options of an estimator mean; throws the documented errors.</summary>
    public static NgramSettings Create(int ngramLength, int skipLength, bool useAllLengths, WeightingCriteria weighting, int[] maximumNgramsCounts)
    {
        CheckLengths(ngramLength, skipLength);
        maximumNgramsCounts ??= [];
        var limits = new int[ngramLength];
        if (!useAllLengths)
        {
            Contracts.CheckUserArg(maximumNgramsCounts is [] or [> 0], nameof(maximumNgramsCounts), $"With only one length of n-grams, one positive number is expected, but got [{string.Join(", ", maximumNgramsCounts)}].");
            limits[^1] = maximumNgramsCounts is [var only] ? only : DefaultMaximumCount;
        }
        else
        {
            Contracts.CheckUserArg(maximumNgramsCounts.Length <= ngramLength && maximumNgramsCounts.All(count => count >= 0) && maximumNgramsCounts is [] or [.., > 0], nameof(maximumNgramsCounts),
                $"At most {ngramLength} numbers, one for each length, are expected, none negative and the last positive, but got [{string.Join(", ", maximumNgramsCounts)}].");
            for (int i = 0; i < limits.Length; i++)
                limits[i] = i < maximumNgramsCounts.Length ? maximumNgramsCounts[i] : maximumNgramsCounts is [.., var last] ? last : DefaultMaximumCount;
        }
        return new NgramSettings(ngramLength, skipLength, weighting, limits);
    }

    public static void CheckLengths(int ngramLength, int skipLength)
    {
        if (ngramLength == 1 && skipLength != 0)
            throw Contracts.ExceptUserArg(nameof(skipLength), $"{nameof(skipLength)} (actual value: {skipLength}) can only be zero when {nameof(ngramLength)} set to one.");
        if (ngramLength + skipLength > NgramWalk.MaximumSpan)
            throw Contracts.ExceptUserArg(nameof(skipLength), $"The sum of skipLength and ngramLength must be less than or equal to {NgramWalk.MaximumSpan}");
        Contracts.CheckUserArg(ngramLength is > 0 and <= NgramWalk.MaximumSpan, nameof(ngramLength), $"{ngramLength} is not a number from 1 to {NgramWalk.MaximumSpan}.");
        Contracts.CheckUserArg(skipLength >= 0, nameof(skipLength), $"{skipLength} is negative.");
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Skips);
        writer.Write((int)Weighting);
        writer.WriteArray<int>(Limits);
    }

    public static NgramSettings Load(BinaryReader reader)
    {
        int skips = reader.ReadInt32();
        var weighting = (WeightingCriteria)reader.ReadInt32();
        Contracts.CheckDecode(Enum.IsDefined(weighting));
        var limits = reader.ReadArray<int>();
        Contracts.CheckDecode(limits.Length > 0 && skips >= 0 && limits.Length + (long)skips <= NgramWalk.MaximumSpan);
        return new NgramSettings(limits.Length, skips, weighting, limits);
    }
}

/// <summary>The n-grams that are the slots of a vector, and their inverse document frequencies.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class NgramDictionary(NgramSettings settings, NgramPool pool, double[] inverseDocumentFrequencies)
{
    public NgramSettings Settings => settings;

    public NgramPool Pool => pool;

    /// <summary>The number of slots; vectors without slots have a variable size.</summary>
    public int Count => pool.Count;

    /// <summary>Adds the slots of the n-grams of a sequence of tokens to a row.</summary>
    public void AddSlots(ReadOnlySpan<uint> tokens, SlotCounter counter)
    {
        // Where no vector can become dense, the order of the slots does not matter.
        if (settings.Skips == 0 && counter.StaysSparse((long)tokens.Length * (settings.Length - settings.ShortestLength + 1)))
        {
            for (int length = settings.ShortestLength; length <= settings.Length; length++)
                pool.FindAll(tokens, length, counter);
            return;
        }
        var finder = new Finder(pool, counter);
        NgramWalk.Over(tokens, settings.ShortestLength, settings.Length, settings.Skips, ref finder);
    }

    /// <summary>Turns counts into weights.</summary>
    public void Weigh(ref VBuffer<float> counts)
    {
        if (!settings.UsesDocumentFrequency)
            return;
        bool multiply = settings.Weighting == WeightingCriteria.TfIdf;
        var editor = VBufferEditor.CreateFromBuffer(ref counts);
        for (int i = 0; i < editor.Values.Length; i++)
        {
            double frequency = inverseDocumentFrequencies[counts.IsDense ? i : editor.Indices[i]];
            ref float value = ref editor.Values[i];
            value = multiply ? (float)(value * frequency) : value >= 1 ? (float)frequency : 0;
        }
    }

    /// <summary>The names of the slots: those of the tokens, with <c>|</c> between them, <c>*</c> for a missing one.</summary>
    public ReadOnlyMemory<char>[] MakeSlotNames(in VBuffer<ReadOnlyMemory<char>> tokenNames)
    {
        var names = new ReadOnlyMemory<char>[Count];
        var text = new StringBuilder();
        for (int slot = 0; slot < names.Length; slot++)
        {
            text.Clear();
            foreach (uint token in pool[slot])
            {
                if (text.Length > 0)
                    text.Append('|');
                if (token == 0 || token > tokenNames.Length)
                    text.Append('*');
                else
                    text.Append(tokenNames.GetItemOrDefault((int)token - 1));
            }
            names[slot] = text.ToString().AsMemory();
        }
        return names;
    }

    public void Save(BinaryWriter writer)
    {
        settings.Save(writer);
        pool.Save(writer);
        writer.WriteArray<double>(inverseDocumentFrequencies);
    }

    public static NgramDictionary Load(BinaryReader reader)
    {
        var settings = NgramSettings.Load(reader);
        var pool = NgramPool.Load(reader);
        Contracts.CheckDecode(pool.MaximumLength == settings.Length);
        var frequencies = reader.ReadArray<double>();
        Contracts.CheckDecode(frequencies.Length == (settings.UsesDocumentFrequency ? pool.Count : 0));
        return new NgramDictionary(settings, pool, frequencies);
    }

    private readonly struct Finder(NgramPool pool, SlotCounter counter) : INgramVisitor
    {
        public void Visit(ReadOnlySpan<uint> ngram)
        {
            int slot = pool.Find(ngram);
            if (slot >= 0)
                counter.Add(slot);
        }
    }
}
