#:property PublishAot=false
#:property RootNamespace=MLPipelines.Data

// Writes the sample data sets: dotnet run Data/generate.cs [-- OUTPUT-FOLDER]
// The same files, byte for byte, on every run and every machine. Without a folder, the ones beside this program.

using MLPipelines.Data;

if (args.Length > 1 || (args.Length == 1 && args[0].StartsWith('-')))
{
    Console.Error.WriteLine($"usage: dotnet run Data/generate.cs [-- OUTPUT-FOLDER]   (got: {string.Join(' ', args)})");
    return 2;
}

string source = AppContext.GetData("EntryPointFileDirectoryPath") as string
    ?? throw new InvalidOperationException("Run this program as a file: dotnet run Data/generate.cs");
var output = new Output(args.Length == 1 ? Path.GetFullPath(args[0]) : source);

IReadOnlyList<Product> products = Catalogue.Read(Path.Combine(source, "shop", "catalogue.txt"));
Shop.Write(output, products);
Reviews.Write(output, products, Grammar.Read(Path.Combine(source, "reviews", "phrases.txt")));
Taxonomy.Write(output, Grammar.Read(Path.Combine(source, "taxonomy", "phrases.txt")));
Tickets.Write(
    output,
    products,
    Grammar.Read(Path.Combine(source, "tickets", "requests.txt")),
    Grammar.Read(Path.Combine(source, "tickets", "tone.txt")),
    Grammar.Read(Path.Combine(source, "tickets", "replies.txt")));
return 0;
