namespace MLPipelines.Tests.Core;

/// <summary>What is in use is closed when nobody uses it any more.</summary>
[TestClass]
public sealed class UseCountTests
{
    [TestMethod]
    public void TheLastUseCloses()
    {
        int closed = 0;
        var count = new UseCount("Thing", () => closed++);
        var first = count.Enter();
        var second = count.Enter();
        count.Close();
        count.Close();
        Assert.Contains("Thing", Assert.ThrowsExactly<ObjectDisposedException>(() => count.Enter()).Message);
        first.Dispose();
        first.Dispose();
        Assert.AreEqual(0, closed);
        second.Dispose();
        Assert.AreEqual(1, closed);
    }

    [TestMethod]
    public void UnusedItClosesAtOnceAndOnce()
    {
        int closed = 0;
        var count = new UseCount("Thing", () => closed++);
        count.Enter().Dispose();
        Assert.AreEqual(0, closed);
        count.Close();
        count.Close();
        Assert.AreEqual(1, closed);
    }
}
