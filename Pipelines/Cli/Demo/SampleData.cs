namespace MLPipelines.Cli.Demo;

/// <summary>Finds the sample data, whatever the current folder: in the repository that mlp was built in, or beside mlp itself.</summary>
internal static class SampleData
{
    public static readonly string Tickets = Path.Combine("Data", "tickets", "messages.csv");

    private const string RepositoryMark = "MLPipelines.sln";

    public static string? FindTickets()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, Tickets);
            if (File.Exists(Path.Combine(folder.FullName, RepositoryMark)) && File.Exists(file))
                return file;
        }
        string beside = Path.Combine(AppContext.BaseDirectory, Tickets);
        return File.Exists(beside) ? beside : null;
    }
}
