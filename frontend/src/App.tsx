export function App() {
  return <main>Respell</main>;
}
