using System.CommandLine;
using System.Globalization;
using System.Text;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Data;

/// <summary><c>mlp data generate interactions</c>.</summary>
internal static class DataCommand
{
    private static readonly SyntheticInteractionOptions Defaults = new();

    private static readonly Option<string> Output = new("--output", "-o") { Description = "The folder that interactions.csv and products.csv are written to; files of these names are replaced.", HelpName = "FOLDER", Required = true };
    private static readonly Option<int> Users = Count("--users", "Users.", Defaults.Users);
    private static readonly Option<int> Items = Count("--items", "Items.", Defaults.Items);
    private static readonly Option<int> Interactions = Count("--interactions", "Rows; at least one a user.", Defaults.Interactions);
    private static readonly Option<int> Categories = Count("--categories", "Categories, of which each user likes one most.", Defaults.Categories);
    private static readonly Option<int> Days = Count("--days", "Days over which the interactions are spread.", Defaults.Days);
    private static readonly Option<double> Affinity = new("--affinity") { Description = "The share of visits to the category that a user likes most.", HelpName = "F", DefaultValueFactory = _ => Defaults.Affinity };
    private static readonly Option<int> Seed = new("--seed") { Description = "The same seed gives the same files.", HelpName = "S", DefaultValueFactory = _ => Defaults.Seed };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var interactions = new Command("interactions", "Invents what users do with items, with tastes, power laws, carts, companions and fashions that a recommender can find.") { Output, Users, Items, Interactions, Categories, Days, Affinity, Seed };
        interactions.WithExamples("mlp data generate interactions --output shop", "mlp data generate interactions --output shop --users 10000 --items 2000 --interactions 500000 --seed 7");
        interactions.SetHandler(invocation => Task.Run(() => Run(invocation), invocation.Cancellation), terminal);
        return new Command("data", "Makes data to try things with.") { new Command("generate", "Invents data.") { interactions } };
    }

    private static int Run(Invocation invocation)
    {
        var options = new SyntheticInteractionOptions
        {
            Users = invocation.Get(Users),
            Items = invocation.Get(Items),
            Interactions = invocation.Get(Interactions),
            Categories = invocation.Get(Categories),
            Days = invocation.Get(Days),
            Affinity = invocation.Get(Affinity),
            Seed = invocation.Get(Seed),
            CancellationToken = invocation.Cancellation,
        };
        var faults = new List<string>();
        faults.AddFaultsOf(options.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var shop = SyntheticInteractions.Generate(options);
        string folder = invocation.Get(Output);
        Directory.CreateDirectory(folder);
        string interactions = Path.Combine(folder, "interactions.csv"), products = Path.Combine(folder, "products.csv");
        Write(interactions, "customer_id,product_id,interaction_type,timestamp", shop.Interactions.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.UserId},{row.ItemId},{row.Type},{row.Timestamp:yyyy-MM-dd HH:mm:ss}")));
        Write(products, "product_id,name,category,price", shop.Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.ItemId},{item.Category} {item.ItemId},{item.Category},{item.Price:F2}")));
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(new GenerateResult(interactions, shop.Interactions.Count, products, shop.Items.Count), CliJson.Default.GenerateResult);
        else
            invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{interactions}: {shop.Interactions.Count:N0} interactions of {options.Users:N0} users; {products}: {shop.Items.Count:N0} items in {options.Categories:N0} categories"));
        return ExitCode.Success;
    }

    private static void Write(string path, string header, IEnumerable<string> lines)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        writer.WriteLine(header);
        foreach (var line in lines)
            writer.WriteLine(line);
    }

    private static Option<int> Count(string name, string description, int usual) => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };
}
