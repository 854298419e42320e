using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Tests.Runtime.Torch;

/// <summary>Native memory: who disposes of tensors, and that their number stays flat. The count is the process's, so nothing runs beside these.</summary>
[TestClass, DoNotParallelize]
public sealed class MemoryTests
{
    [TestInitialize]
    public void Settle()
    {
        TorchTests.RequireLibTorch();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [TestMethod]
    public void AScopeDisposesOfWhatWasMadeInIt()
    {
        long before = Tensor.TotalCount;
        Tensor kept, detached;
        using (NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                var lost = ones(2);
                kept = (lost + 1).MoveToOuterDisposeScope();
                detached = (lost + 2).DetachFromDisposeScope();
                Assert.AreEqual(1, inner.DisposablesCount);
            }
            Assert.IsFalse(kept.IsInvalid);
        }
        Assert.IsTrue(kept.IsInvalid);
        Assert.IsFalse(detached.IsInvalid);
        detached.Dispose();
        Assert.AreEqual(before, Tensor.TotalCount);
        Assert.ThrowsExactly<InvalidOperationException>(() => detached + 1);
    }

    [TestMethod]
    public void AScopeCanKeepSome()
    {
        using var scope = NewDisposeScope();
        var a = ones(1);
        var b = ones(1);
        scope.DisposeEverythingBut(a);
        Assert.IsFalse(a.IsInvalid);
        Assert.IsTrue(b.IsInvalid);
        Assert.IsTrue(scope.Contains(a));
        Assert.AreEqual(1, scope.DisposablesCount);
        scope.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scope.Attach(zeros(1)));
    }

    [TestMethod]
    public void ScopesCanEndInAnyOrder()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        var tensor = ones(1);
        Assert.IsTrue(inner.Contains(tensor));
        inner.Dispose();
        Assert.IsTrue(tensor.IsInvalid);
        using var free = ones(1);
        Assert.IsFalse(free.IsInvalid);
    }

    [TestMethod]
    public void AParameterTakesThePlaceOfItsTensor()
    {
        long before = Tensor.TotalCount;
        var data = ones(2);
        var parameter = nn.Parameter(data);
        Assert.IsTrue(data.IsInvalid);
        Assert.AreEqual(before + 1, Tensor.TotalCount);
        parameter.Dispose();
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void TheFinalizerIsANet()
    {
        long before = Tensor.TotalCount;
        Lose();
        for (int i = 0; i < 20 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.AreEqual(before, Tensor.TotalCount);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Lose()
        {
            for (int i = 0; i < 10; i++)
                _ = ones(10);
        }
    }

    [TestMethod]
    public void AThousandStepsAndTenThousandPredictionsKeepTheNumberOfTensors()
    {
        using var net = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.LayerNorm(16), nn.Dropout(0.1), nn.Linear(16, 3));
        using var loss = nn.CrossEntropyLoss();
        using var optimizer = optim.AdamW(net.parameters(), 0.01);
        using var inputs = randn(4, 8);
        using var targets = randint(3, [4L]);
        Train(10);
        long counted = Tensor.TotalCount;
        long resident = Environment.WorkingSet;
        Train(1000);
        Assert.AreEqual(counted, Tensor.TotalCount);
        net.eval();
        for (int i = 0; i < 10_000; i++)
        {
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            _ = net.call(inputs).argmax(1);
        }
        Assert.AreEqual(counted, Tensor.TotalCount);
        Assert.IsLessThan(200L << 20, Environment.WorkingSet - resident);

        void Train(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                loss.call(net.call(inputs), targets).backward();
                nn.utils.clip_grad_norm_(net.parameters(), 1);
                optimizer.step();
            }
        }
    }
}
