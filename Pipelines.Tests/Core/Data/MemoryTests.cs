using MLPipelines.Data;

namespace MLPipelines.Tests.Core.Data;

/// <summary>The live heap is the whole process's, so nothing else may run meanwhile.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MemoryTests
{
    // Were rows or bytes kept, 100 MB or more would stay alive.
    private const long Allowance = 5_000_000;

    private static (long Rows, long Growth) Drain<T>(IEnumerable<T> rows)
    {
        long count = 0, peak = 0, before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var _ in rows)
        {
            if (++count % 250_000 == 0)
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
        }
        return (count, peak - before);
    }

    [TestMethod]
    public void ReadingALongTableKeepsNothing()
    {
        var stream = new RepeatingStream("content,intent\n", "\"a message of the usual length, with a comma\",purchase\n", 200_000_000);
        var (rows, growth) = Drain(new MessagesReader().Read(stream));
        Assert.AreEqual(stream.Rows, rows);
        Assert.IsLessThan(Allowance, growth);
    }

    [TestMethod]
    public void ReadingALongJsonFileKeepsNothing()
    {
        const string row = """{"user_id": "u", "item_id": "i", "timestamp": "2024-01-15T10:30:00", "implicit_rating": 1.0},""";
        var stream = new RepeatingStream("{\"interactions\": [", row, 100_000_000, """{"user_id": "u", "item_id": "i", "implicit_rating": 1.0}]}""");
        var (rows, growth) = Drain(new InteractionsJsonReader().Read(stream));
        Assert.AreEqual(stream.Rows + 1, rows);
        Assert.IsLessThan(Allowance, growth);
    }
}
