using System.Runtime.ExceptionServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads the cursors of one set in parallel and tells how to put their rows in order again.</summary>
internal static class ParallelRows
{
    private const int RowsBetweenChecks = 1024;

    /// <summary>Consecutive rows of the data: the rows <paramref name="Start"/> … that worker <paramref name="Worker"/> read.</summary>
    public readonly record struct Segment(int Worker, int Start, int Count, long Batch);

    /// <summary>Calls <paramref name="onRow"/> of each worker for every row of its cursor; returns the segments in the order of the data.</summary>
    /// <param name="host">Whose cancellation ends the reading; may be null.</param>
    /// <param name="cursors">The cursors; they are disposed at the end.</param>
    /// <param name="onRow">What to do with the row on which the cursor of the same index stands.</param>
    public static Segment[] Read(IHostEnvironment host, DataViewRowCursor[] cursors, Action[] onRow)
    {
        var segments = new List<Segment>[cursors.Length];
        ExceptionDispatchInfo failure = null;
        void Work(int worker)
        {
            try
            {
                segments[worker] = ReadOne(host, worker, cursors[worker], onRow[worker], () => Volatile.Read(ref failure) != null);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }

        try
        {
            var threads = new Thread[cursors.Length - 1];
            for (int i = 0; i < threads.Length; i++)
            {
                int worker = i + 1;
                threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = "Row reader" };
                threads[i].Start();
            }
            Work(0);
            foreach (var thread in threads)
                thread.Join();
        }
        finally
        {
            foreach (var cursor in cursors)
                cursor.Dispose();
        }
        failure?.Throw();
        return [.. segments.SelectMany(list => list).OrderBy(segment => segment.Batch)];
    }

    private static List<Segment> ReadOne(IHostEnvironment host, int worker, DataViewRowCursor cursor, Action onRow, Func<bool> isStopped)
    {
        var segments = new List<Segment>();
        int rows = 0, start = 0;
        long batch = 0;
        while (cursor.MoveNext())
        {
            if (cursor.Batch != batch)
            {
                Close();
                batch = cursor.Batch;
            }
            onRow();
            rows = checked(rows + 1);
            if (rows % RowsBetweenChecks != 0)
                continue;
            host.CheckAlive();
            if (isStopped())
                break;
        }
        Close();
        return segments;

        void Close()
        {
            if (rows > start)
                segments.Add(new Segment(worker, start, rows - start, batch));
            start = rows;
        }
    }
}
