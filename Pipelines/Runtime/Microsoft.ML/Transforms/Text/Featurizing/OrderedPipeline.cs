namespace Microsoft.ML.Transforms.Text;

/// <summary>Works on items on all cores and takes the results in the order of the items.</summary>
internal static class OrderedPipeline
{
    public static void Run<TItem, TResult>(IEnumerable<TItem> items, Func<TItem, TResult> work, Action<TResult> take)
    {
        var running = new Queue<Task<TResult>>();
        try
        {
            foreach (var item in items)
            {
                if (running.Count >= Environment.ProcessorCount)
                    take(running.Dequeue().GetAwaiter().GetResult());
                running.Enqueue(Task.Run(() => work(item)));
            }
            while (running.TryDequeue(out var task))
                take(task.GetAwaiter().GetResult());
        }
        finally
        {
            // After a failure: nothing of this may still run.
            foreach (var task in running)
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }
}
