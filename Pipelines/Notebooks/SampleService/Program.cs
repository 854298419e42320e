using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Recommendation;
using MLPipelines.SampleService;
using MLPipelines.Text;

// A service that answers from published models, takes up a new version while it runs, and tunes its own classifier.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddProblemDetails();
builder.Services.Configure<ServiceSettings>(builder.Configuration.GetSection("Service"));
builder.Services.AddSingleton(new MLContext(seed: 1));
builder.Services.AddSingleton(services => new ArtifactStore(Settings(services).Store));
builder.Services.AddSingleton(services => new ModelPackage(services.GetRequiredService<MLContext>(), new LinearTextClassificationCodec(), new RecommenderCodec()));
builder.Services.AddSingleton(services => new LiveModel<IntentEngines>("intent", services, loaded => new IntentEngines(services.GetRequiredService<MLContext>(), loaded.Model)));
builder.Services.AddSingleton(services => new LiveModel<RecommenderTransformer>("shop", services, loaded => (RecommenderTransformer)loaded.Model));
builder.Services.AddHostedService<ModelWatcher>();
builder.Services.AddSingleton<SweepQueue>();
builder.Services.AddHostedService<SweepRunner>();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapPost("/classify", PredictionEndpoints.Classify);
app.MapPost("/recommend", PredictionEndpoints.Recommend);
app.MapPost("/sweeps", SweepEndpoints.Start);
app.MapGet("/sweeps/{id}", SweepEndpoints.Show);
app.MapDelete("/sweeps/{id}", SweepEndpoints.Cancel);
await app.RunAsync();

static ServiceSettings Settings(IServiceProvider services) => services.GetRequiredService<Microsoft.Extensions.Options.IOptions<ServiceSettings>>().Value;
